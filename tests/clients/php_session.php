#!/usr/bin/php
<?php
// What a program does with php-memcached, and what came of it, a line each: php_session.php PORT PREFIX.
// The output is the same for every server that answers as memcached does.

[, $port, $prefix] = $argv;
$client = new Memcached();
$client->addServer('127.0.0.1', (int) $port);

function show(string $what, mixed $made): void
{
    global $client;
    echo $what, ' ', json_encode($made), ' ', $client->getResultMessage(), "\n";
}

$key = fn(string $name): string => $prefix . $name;

show('set', $client->set($key('a'), ['x' => 1.5, 'y' => null], 100));
show('get', $client->get($key('a')));
show('get missing', $client->get($key('none')));
show('add', $client->add($key('a'), 'x'));
show('add', $client->add($key('b'), 'text'));
show('replace', $client->replace($key('b'), 'more text'));
$client->setOption(Memcached::OPT_COMPRESSION, false);
show('append', $client->append($key('b'), '+'));
show('prepend', $client->prepend($key('b'), '-'));
show('get', $client->get($key('b')));
show('setMulti', $client->setMulti([$key('m1') => 1, $key('m2') => true, $key('m3') => 'three']));
show('getMulti', array_values($client->getMulti([$key('m1'), $key('m2'), $key('m3'), $key('none')],
    Memcached::GET_PRESERVE_ORDER)));
$seen = $client->get($key('b'), null, Memcached::GET_EXTENDED);
show('cas', $client->cas($seen['cas'], $key('b'), 'changed'));
show('cas, old', $client->cas($seen['cas'], $key('b'), 'again'));
show('set', $client->set($key('n'), 9));
show('increment', $client->increment($key('n'), 3));
show('decrement', $client->decrement($key('n'), 50));
show('increment missing', $client->increment($key('none'), 1));
show('touch', $client->touch($key('b'), 100));
show('delete', $client->delete($key('b')));
show('delete missing', $client->delete($key('b')));
show('deleteMulti', array_values($client->deleteMulti([$key('m1'), $key('m2'), $key('m3')])));
$client->setOption(Memcached::OPT_NO_BLOCK, true);
$client->setOption(Memcached::OPT_TCP_NODELAY, true);
show('large', $client->set($key('l'), str_repeat('x', 400000)));
show('large', strlen($client->get($key('l'))));
