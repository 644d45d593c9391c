#!/usr/bin/php
<?php
// What a program does with php-memcached (libmemcached), and what came of it, a line each:
// php_memcached_session.php PORT PREFIX text|binary.
// The output is the same for every server that answers as memcached does.

[, $port, $prefix, $protocol] = $argv;

function connect(array $options = []): Memcached
{
    global $port, $protocol;
    $client = new Memcached();
    $client->setOptions([Memcached::OPT_BINARY_PROTOCOL => $protocol === 'binary', Memcached::OPT_TCP_NODELAY => true]);
    $client->setOptions($options);
    $client->addServer('127.0.0.1', (int) $port);
    return $client;
}

function key_of(string $name): string
{
    global $prefix;
    return $prefix . $name;
}

// The result code belongs to the client's last command.
function show(Memcached $client, string $what, mixed ...$made): void
{
    echo $what, ' ', json_encode($made, JSON_THROW_ON_ERROR), ' ', $client->getResultCode(), "\n";
}

function show_objects(Memcached $client): void
{
    foreach ([['x' => 1.5, 'y' => null], 'text: é', '', 7, 2.5, true, null] as $value) {
        show($client, 'object', $client->set(key_of('o'), $value, 100), $client->get(key_of('o')));
    }
    $text = str_repeat('compressible ', 30000);
    show($client, 'compressed', $client->set(key_of('z'), [$text]), $client->get(key_of('z')) === [$text]);
}

function show_values(Memcached $client): void
{
    $client->setOption(Memcached::OPT_COMPRESSION, false);
    $every_byte = implode('', array_map('chr', range(0, 255)));
    show($client, 'bytes', $client->set(key_of('l'), $every_byte . "\r\n"), md5($client->get(key_of('l'))));
    $large = str_repeat($every_byte, 2000);
    show($client, 'large', $client->set(key_of('l'), $large), $client->get(key_of('l')) === $large);
    show($client, 'too large', $client->set(key_of('l'), str_repeat('x', 3000000)));
    show($client, 'after too large', $client->get(key_of('l')));
    $long = str_pad(key_of(''), 250, 'k');
    show($client, 'long key', $client->set($long, 'x'), $client->get($long));
    $client->setOption(Memcached::OPT_USER_FLAGS, 77);
    show($client, 'user flags', $client->set(key_of('f'), [1]));
    $extended = $client->get(key_of('f'), null, Memcached::GET_EXTENDED);
    show($client, 'user flags', $extended['value'], $extended['flags'], is_numeric($extended['cas']));
    $client->setOption(Memcached::OPT_USER_FLAGS, -1);
}

function show_conditions(Memcached $client): void
{
    show($client, 'get missing', $client->get(key_of('none')));
    show($client, 'add', $client->add(key_of('b'), 'text'));
    show($client, 'add', $client->add(key_of('b'), 'x'));
    show($client, 'replace', $client->replace(key_of('b'), 'more text'));
    show($client, 'replace missing', $client->replace(key_of('none'), 'x'));
    show($client, 'append', $client->append(key_of('b'), '+'));
    show($client, 'prepend', $client->prepend(key_of('b'), '-'));
    show($client, 'get', $client->get(key_of('b')));
    show($client, 'append missing', $client->append(key_of('none'), '+'));
    show($client, 'delete', $client->delete(key_of('b')));
    show($client, 'delete missing', $client->delete(key_of('b')));
}

function show_many(Memcached $client): void
{
    $values = [];
    foreach (range(1, 200) as $n) $values[key_of("m$n")] = [$n, "text $n"];
    $keys = array_keys($values);
    show($client, 'setMulti', $client->setMulti($values));
    $client->flushBuffers();
    $found = $client->getMulti([...$keys, key_of('none')], Memcached::GET_PRESERVE_ORDER);
    show($client, 'getMulti', array_slice($found, 0, 200) === $values, $found[key_of('none')]);
    $extended = $client->getMulti([$keys[0], $keys[1]], Memcached::GET_EXTENDED);
    show($client, 'getMulti, extended', array_column($extended, 'value'), array_column($extended, 'flags'));
    show($client, 'getDelayed', $client->getDelayed($keys, true), count($client->fetchAll()));
    show($client, 'deleteMulti', array_sum($client->deleteMulti($keys)));
    $client->flushBuffers();
    show($client, 'getMulti', $client->getMulti($keys));
}

function show_cas(Memcached $one, Memcached $other): void
{
    $one->set(key_of('c'), 0);
    $lost = 0;
    $read = fn(Memcached $client): array => $client->get(key_of('c'), null, Memcached::GET_EXTENDED);
    foreach (range(1, 20) as $turn) {
        foreach ([[$one, $other], [$other, $one]] as [$client, $rival]) {
            $seen = $read($client);
            $rival->cas($read($rival)['cas'], key_of('c'), $seen['value'] + 1);
            while (!$client->cas($seen['cas'], key_of('c'), $seen['value'] + 1)) {
                ++$lost;
                $seen = $read($client);
            }
        }
    }
    show($one, 'cas', $one->get(key_of('c')), $lost);
    show($one, 'cas missing', $one->cas(1, key_of('none'), 'x'));
}

function show_counters(Memcached $client, string $protocol): void
{
    show($client, 'set', $client->set(key_of('n'), 9));
    show($client, 'increment', $client->increment(key_of('n'), 3), $client->decrement(key_of('n'), 1));
    show($client, 'decrement below 0', $client->decrement(key_of('n'), 50));
    show($client, 'increment missing', $client->increment(key_of('none'), 1));
    show($client, 'increment text', $client->set(key_of('t'), 'text'), $client->increment(key_of('t')));
    if ($protocol !== 'binary') return;  // which alone has initial values
    show($client, 'initial', $client->increment(key_of('i'), 1, 40, 100), $client->increment(key_of('i'), 1, 40));
    show($client, 'initial', $client->decrement(key_of('j'), 1, 7), $client->decrement(key_of('j'), 1, 7));
}

function show_quiet(Memcached $client, Memcached $reader): void
{
    foreach (range(0, 99) as $n) $client->set(key_of("q$n"), $n);
    $client->delete(key_of('q50'));
    $client->replace(key_of('q51'), 'replaced');
    $client->increment(key_of('q52'), 100);
    $client->flushBuffers();
    // Another connection may be ahead of some of it, since the keys are on several servers.
    $expected = ['q49' => 49, 'q50' => false, 'q51' => 'replaced', 'q52' => 152, 'q99' => 99];
    foreach ($expected as $name => $value) {
        show($reader, 'quietly', await(fn(): bool => $reader->get(key_of($name)) === $value));
    }
}

function await(callable $condition): bool
{
    $end = microtime(true) + 10;
    while (!$condition()) {
        if (microtime(true) > $end) return false;
        usleep(20000);
    }
    return true;
}

// What expires while the rest of the session goes on. What a touch kept would be gone before e1.
function show_brief(Memcached $client): void
{
    show($client, 'touch', $client->set(key_of('e4'), 'x', 3), $client->touch(key_of('e4'), 0));
    show($client, 'set', $client->set(key_of('e1'), 'x', 3), $client->set(key_of('e2'), 'x', time() + 1));
    show($client, 'touch', $client->set(key_of('e3'), 'x', 100), $client->touch(key_of('e3'), 1));
    show($client, 'touch missing', $client->touch(key_of('none'), 1));
    show($client, 'negative', $client->set(key_of('e5'), 'x', -1), $client->get(key_of('e5')));
}

function show_expired(Memcached $client): void
{
    foreach (['e1', 'e2', 'e3'] as $name) {
        show($client, 'expired', await(fn(): bool => $client->get(key_of($name)) === false));
    }
    show($client, 'still there', $client->get(key_of('e4')));
}

echo 'client php-memcached ', phpversion('memcached'), "\n";
$plain = connect();
$other = connect([Memcached::OPT_NO_BLOCK => true]);
show_brief($plain);
show_objects($plain);
show_objects(connect([Memcached::OPT_SERIALIZER => Memcached::SERIALIZER_JSON_ARRAY,
    Memcached::OPT_COMPRESSION_TYPE => Memcached::COMPRESSION_ZLIB]));
show_values($plain);
show_conditions($plain);
show_many($plain);
show_many(connect([Memcached::OPT_BUFFER_WRITES => true]));
show_cas($plain, $other);
show_counters($plain, $protocol);
show_quiet(connect([Memcached::OPT_NOREPLY => true]), $plain);
show($plain, 'version', preg_match('/^1\.6\.\d+$/', current($plain->getVersion())) === 1);
show($plain, 'stats', current($plain->getStats())['threads'] > 0);
show_expired($other);
