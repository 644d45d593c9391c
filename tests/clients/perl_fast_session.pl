#!/usr/bin/perl
# What a program does with Cache::Memcached::Fast, and what came of it, a line each:
# perl_fast_session.pl PORT PREFIX text.
# The output is the same for every server that answers as memcached does.
use strict;
use warnings;
use utf8;

use Cache::Memcached::Fast;
use Time::HiRes ();

my ($port, $prefix, $protocol) = @ARGV;
die "no such protocol\n" unless $protocol eq 'text';

sub connected {
    return Cache::Memcached::Fast->new({
        servers => ["127.0.0.1:$port"], namespace => $prefix, utf8 => 1, io_timeout => 10,
        compress_threshold => 10_000, @_});
}

# '': refused; nothing: an error, or missing.
sub show {
    my ($what, @made) = @_;
    binmode STDOUT, ':utf8';
    print join(' ', $what, map { "'$_'" } @made), "\n";
}

sub items {
    my ($client) = @_;
    my $nested = {list => [1, 2.5, undef]};
    show('object', $client->set('o', $nested, 100), join '|', map { $_ // 'undef' } @{$client->get('o')->{list}});
    show('text', $client->set('o', 'text: é'), $client->get('o'));
    show('bytes', $client->set('o', "\x00\r\nEND\r\n"), unpack('H*', $client->get('o')));
    show('empty', $client->set('o', ''), $client->get('o'));
    show('compressed', $client->set('z', 'z' x 300_000), length $client->get('z'));
    my $large = join ',', 1 .. 100_000;
    show('large', $client->set('l', [$large]), $client->get('l')->[0] eq $large);
    my $long = 'k' x (250 - length $prefix);
    show('long key', $client->set($long, 'x'), $client->get($long));
}

sub too_large {
    my ($client) = @_;
    show('large', $client->set('l', 'x' x 900_000), length $client->get('l'));
    show('too large', $client->set('l', 'x' x 3_000_000));
    show('after too large', $client->get('l'));
}

sub conditions {
    my ($client) = @_;
    show('get missing', $client->get('none'));
    show('add', $client->add('b', 'text'), $client->add('b', 'x'));
    show('replace', $client->replace('b', 'more text'), $client->replace('none', 'x'));
    show('append', $client->append('b', '+'), $client->prepend('b', '-'), $client->get('b'));
    show('append missing', $client->append('none', '+'), $client->prepend('none', '-'));
    show('delete', $client->delete('b'), $client->delete('b'));
}

sub many {
    my ($client) = @_;
    my @names = map { "m$_" } 1 .. 200;
    show('set_multi', sum(scalar $client->set_multi(map { [$_, "value of $_"] } @names)));
    my $found = $client->get_multi(@names, 'none');
    show('get_multi', scalar keys %$found, scalar grep { $found->{$_} eq "value of $_" } @names);
    show('append_multi', sum(scalar $client->append_multi(map { [$_, '+'] } @names)), $client->get('m200'));
    show('gets_multi', map { $_->[1] } @{$client->gets_multi('m1', 'm2', 'none')}{'m1', 'm2'});
    show('gat_multi', scalar keys %{$client->gat_multi(100, @names)});
    show('touch_multi', sum(scalar $client->touch_multi(map { [$_, 100] } @names, 'none')));
    show('delete_multi', sum(scalar $client->delete_multi(@names, 'none')));
    show('get_multi', scalar keys %{$client->get_multi(@names)});
}

sub sum {
    my ($of) = @_;
    my $sum = 0;
    $sum += $_ || 0 for values %$of;
    return $sum;
}

sub cas {
    my ($one, $other) = @_;
    $one->set('c', 0);
    my $lost = 0;
    for (1 .. 20) {
        for ([$one, $other], [$other, $one]) {
            my ($client, $rival) = @$_;
            my $seen = $client->gets('c');
            $rival->cas('c', $rival->gets('c')->[0], $seen->[1] + 1);
            until ($client->cas('c', $seen->[0], $seen->[1] + 1)) {
                ++$lost;
                $seen = $client->gets('c');
            }
        }
    }
    show('cas', $one->get('c'), $lost);
    show('gets missing', $one->gets('none'));
    show('cas missing', $one->cas('none', 1, 'x'));
}

sub counters {
    my ($client) = @_;
    show('incr', $client->set('n', 9), $client->incr('n', 3), $client->decr('n'), $client->decr('n', 99));
    show('incr missing', $client->incr('none'), $client->decr('none', 2));
    show('incr text', $client->set('t', 'text'), $client->incr('t'));
    show('incr large', $client->set('w', '9223372036854775807'), $client->incr('w', 2));
    show('incr_multi', sum(scalar $client->incr_multi(['n', 5], 'w')));
}

# In void context it says noreply.
sub quietly {
    my ($client) = @_;
    $client->set("q$_", $_) for 0 .. 99;
    $client->delete('q50');
    $client->append('q51', 1);
    $client->incr('q52', 100);
    $client->touch('q53', 100);
    $client->nowait_push;
    show('noreply', map { $client->get("q$_") } 49 .. 53);
    $client->delete_multi(map { "q$_" } 0 .. 99);
    show('noreply', scalar keys %{$client->get_multi(map { "q$_" } 0 .. 99)});
}

# What expires while the rest of the session goes on. What a touch kept would be gone before e1.
sub brief {
    my ($client) = @_;
    show('gats', $client->set('e6', 'x', 3), $client->gats(100, 'e6')->[1]);
    show('touch', $client->set('e4', 'x', 3), $client->touch('e4', 0));
    show('set', $client->set('e1', 'x', 3), $client->set('e2', 'x', time + 1));
    show('touch', $client->set('e3', 'x', 100), $client->touch('e3', 1), $client->touch('none', 1));
    show('gat', $client->set('e5', 'x', 100), $client->gat(1, 'e5'), $client->gat(1, 'none'));
    show('negative', $client->set('e7', 'x', -1), $client->get('e7'));
}

sub expired {
    my ($client) = @_;
    for my $name ('e1', 'e2', 'e3', 'e5') {
        my $end = time + 10;
        Time::HiRes::sleep(0.02) while defined $client->get($name) && time < $end;
        show('expired', $client->get($name));
    }
    show('still there', $client->get('e4'), $client->get('e6'));
}

my $plain = connected();
print "client Cache::Memcached::Fast $Cache::Memcached::Fast::VERSION\n";
brief($plain);
items($plain);
too_large(connected(compress_threshold => -1, max_size => 4_000_000));
conditions($plain);
many($plain);
cas($plain, connected());
counters($plain);
quietly(connected(nowait => 1));
show('version', (values %{$plain->server_versions})[0] =~ /^1\.6\.\d+$/);
expired($plain);
