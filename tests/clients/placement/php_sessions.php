#!/usr/bin/php
<?php
// Sessions as PHP's memcached handler keeps them: php_sessions.php write|read PREFIX COUNT SETTING=VALUE...
// The settings are PHP's own, without "memcached."; save_path names the servers. Prints the version of the extension,
// and how many of the sessions were written or are as they were written. Status 77: there is no php-memcached.

[, $action, $prefix, $count] = $argv;
if (!extension_loaded('memcached')) {
    echo "php-memcached is not installed\n";
    exit(77);
}
$settings = ['session.save_handler' => 'memcached', 'session.use_cookies' => '0', 'session.use_strict_mode' => '0'];
foreach (array_slice($argv, 4) as $setting) {
    [$name, $value] = explode('=', $setting, 2);
    $settings[$name === 'save_path' ? 'session.save_path' : "memcached.$name"] = $value;
}
foreach ($settings as $name => $value) {
    if (ini_set($name, $value) === false) exit("no setting $name\n");
}

$good = 0;
for ($n = 0; $n < $count; ++$n) {
    session_id("$prefix-$n");
    if (!session_start()) continue;
    if ($action === 'write') $_SESSION = ['user' => $n];
    if (($_SESSION['user'] ?? null) === $n) ++$good;
    session_write_close();
    $_SESSION = [];
}
// Nothing is printed before, since no session can be started after a byte of output.
echo 'php-memcached ', phpversion('memcached'), "\n$good\n";
