#!/usr/bin/php
<?php
// What clients of PHP write to a pool and find there:
//
//     placing.php memcached|memcache SERVERS PREFIX WRITTEN FOUND [SETTING=VALUE...]
//
// See placing.py for the arguments. A setting is one of php.ini without the extension's name (memcache), or a constant of
// the class and another or a number (memcached). Status 77: the client is not installed.

[, $name, $servers, $prefix, $written, $found] = $argv;
if (!extension_loaded($name)) {
    echo "php-$name is not installed\n";
    exit(77);
}
$settings = [];
foreach (array_slice($argv, 6) as $setting) {
    [$option, $value] = explode('=', $setting, 2);
    $settings[$option] = $value;
}

function memcached_of(array $servers, array $settings): Memcached
{
    $client = new Memcached();
    foreach ($settings as $option => $value) {
        $value = defined("Memcached::$value") ? constant("Memcached::$value") : $value;
        if (!$client->setOption(constant("Memcached::$option"), is_numeric($value) ? (int) $value : $value)) {
            exit("no setting $option\n");
        }
    }
    // The text protocol's keys may have no other characters than ASCII's.
    $client->setOption(Memcached::OPT_BINARY_PROTOCOL, true);
    // A socket has another name on the ring if it is added by addServer().
    $client->addServers(array_map(fn(array $each): array => [$each[0], (int) $each[1], (int) $each[2]], $servers));
    return $client;
}

function memcache_of(array $servers, array $settings): Memcache
{
    foreach ($settings as $option => $value) {
        if (ini_set("memcache.$option", $value) === false) exit("no setting $option\n");
    }
    $client = new Memcache();
    foreach ($servers as [$host, $port, $weight]) {
        $client->addServer($host[0] === '/' ? "unix://$host" : $host, (int) $port, false, (int) $weight);
    }
    return $client;
}

$parts = [];
foreach (explode(',', $servers) as $server) {
    [$address, $weight] = explode('@', $server);
    $colon = strrpos($address, ':');
    $parts[] = $colon === false ? [$address, 0, $weight]
        : [substr($address, 0, $colon), substr($address, $colon + 1), $weight];
}
// With a prefix of its own the client is given the keys without it.
$own = array_key_exists('OPT_PREFIX_KEY', $settings) ? $prefix : '';
if ($own !== '') $settings['OPT_PREFIX_KEY'] = $own;
$client = $name === 'memcached' ? memcached_of($parts, $settings) : memcache_of($parts, $settings);
$lines = fn(string $file): array => file($file, FILE_IGNORE_NEW_LINES);
foreach ($lines($written) as $key) $client->set(substr($prefix . $key, strlen($own)), $prefix . $key);
$good = 0;
foreach ($lines($found) as $key) {
    if ($client->get(substr($prefix . $key, strlen($own))) === $prefix . $key) ++$good;
}
echo "php-$name ", phpversion($name), "\n$good\n";
