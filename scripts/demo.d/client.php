#!/usr/bin/php
<?php
// The demonstration's PHP client, talking to Tandem as to one memcached: client.php PORT.
// Exits with 1 if an answer is not what memcached would have given.

function expect(string $what, mixed $got, mixed $wanted): void
{
    if ($got !== $wanted) {
        fwrite(STDERR, "$what: expected " . var_export($wanted, true) . ', got ' . var_export($got, true) . "\n");
        exit(1);
    }
    printf("  %-44s -> %s\n", $what, json_encode($got));
}

$client = new Memcached();
$client->addServer('127.0.0.1', (int) $argv[1]);
echo "php-memcached:\n";
expect('set cart:7:items', $client->set('cart:7:items', ['tea', 'bread']), true);
expect('get cart:7:items', $client->get('cart:7:items'), ['tea', 'bread']);
expect('add cart:7:items', $client->add('cart:7:items', []), false);
expect('set user:1001', $client->set('user:1001', 'Grace'), true);
expect('touch user:1001', $client->touch('user:1001', 3600), true);
expect('set page:from-php', $client->set('page:from-php', 3.25), true);
expect('getMulti', $client->getMulti(['page:from-php', 'user:1001']), ['page:from-php' => 3.25, 'user:1001' => 'Grace']);
expect('delete user:1001', $client->delete('user:1001'), true);
expect('get user:1001', $client->get('user:1001'), false);
