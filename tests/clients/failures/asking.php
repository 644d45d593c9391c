#!/usr/bin/php
<?php
// Clients of PHP, which ask one server as they are told on their standard input:
//
//     asking.php php-memcached|php-memcache PORT text|binary [SETTING=VALUE...]
//
// See asking.py. A setting is a constant of the class and another or a number (php-memcached), or one of php.ini without the
// extension's name (php-memcache).

const PATIENCE = 60;  // seconds

[, $name, $port, $protocol] = $argv;
$extension = substr($name, strlen('php-'));
if (!extension_loaded($extension)) {
    echo "$name is not installed\n";
    exit(77);
}
$settings = [];
foreach (array_slice($argv, 4) as $setting) {
    [$option, $value] = explode('=', $setting, 2);
    $settings[$option] = $value;
}

function memcached_of(int $port, string $protocol, array $settings): Memcached
{
    $client = new Memcached();
    $client->setOption(Memcached::OPT_BINARY_PROTOCOL, $protocol === 'binary');
    $client->setOption(Memcached::OPT_CONNECT_TIMEOUT, PATIENCE * 1000);
    $client->setOption(Memcached::OPT_POLL_TIMEOUT, PATIENCE * 1000);
    foreach ($settings as $option => $value) {
        $value = defined("Memcached::$value") ? constant("Memcached::$value") : $value;
        if (!$client->setOption(constant("Memcached::$option"), is_numeric($value) ? (int) $value : $value)) {
            exit("no setting $option\n");
        }
    }
    $client->addServer('127.0.0.1', $port);
    return $client;
}

function memcache_of(int $port, array $settings): Memcache
{
    $retry_interval = 15;  // seconds, the default
    foreach ($settings as $option => $value) {
        if ($option === 'addServer.retry_interval') $retry_interval = (int) $value;
        elseif (ini_set("memcache.$option", $value) === false) exit("no setting $option\n");
    }
    $client = new Memcache();
    $client->addServer('127.0.0.1', $port, true, 1, PATIENCE, $retry_interval);
    return $client;
}

$client = $extension === 'memcached' ? memcached_of((int) $port, $protocol, $settings)
    : memcache_of((int) $port, $settings);

// php-memcache says of errors no more than that nothing was found.
$failed = fn(): string => $client instanceof Memcached
    && !in_array($client->getResultCode(), [Memcached::RES_NOTFOUND, Memcached::RES_NOTSTORED]) ? '!' : '-';
$told = fn(bool $done): string => $done ? '+' : $failed();
$seen = fn(string $key, mixed $value): string => $value === false ? $failed() : ($value === $key ? '+' : 'x');
$set = fn(string $key): string => $told($client->set($key, $key));
$get = fn(string $key): string => $seen($key, @$client->get($key));
$delete = fn(string $key): string => $told($client->delete($key));
$fill = function (string $key) use ($get, $set): string {
    $found = $get($key);
    if ($found !== '+') @$set($key);
    return $found;
};
$many = function (array $keys) use ($client): array {
    $found = ($client instanceof Memcached ? @$client->getMulti($keys) : @$client->get($keys)) ?: [];
    return array_map(fn($key) => !isset($found[$key]) ? '-' : ($found[$key] === $key ? '+' : 'x'), $keys);
};

echo '= ', phpversion($extension), "\n";
while (($line = fgets(STDIN)) !== false) {
    $keys = explode(' ', trim($line));
    $verb = array_shift($keys);
    echo '= ', implode('', $verb === 'many' ? $many($keys) : array_map(@$$verb, $keys)), "\n";
}
