#!/usr/bin/perl
# Clients of Perl, which ask one server as they are told on their standard input:
#
#     asking.pl Cache::Memcached|Cache::Memcached::Fast PORT text [SETTING=VALUE...]
#
# See asking.py. Neither tells an error from an item that is not there: both are `-`.
use strict;
use warnings;

my ($name, $port, $protocol, @settings) = @ARGV;
unless (eval "require $name") {
    print "$name is not installed\n";
    exit 77;
}

# Of the older one select_timeout is what a failure takes.
my $patience = 60;
my $client = $name->new({servers => ["127.0.0.1:$port"], connect_timeout => $patience, io_timeout => $patience,
    map { split /=/, $_, 2 } @settings});

sub seen {
    my ($key, $value) = @_;
    return '-' unless defined $value;
    return $value eq $key ? '+' : 'x';
}

my %one = (
    set => sub { $client->set($_[0], $_[0]) ? '+' : '-' },
    get => sub { seen($_[0], scalar $client->get($_[0])) },
    delete => sub { $client->delete($_[0]) ? '+' : '-' },
);
$one{fill} = sub {
    my $found = $one{get}->($_[0]);
    $one{set}->($_[0]) if $found ne '+';
    return $found;
};

sub many {
    my $found = $client->get_multi(@_) // {};
    return map { seen($_, $found->{$_}) } @_;
}

$| = 1;
no strict 'refs';
print '= ', ${"${name}::VERSION"}, "\n";
while (my $line = <STDIN>) {
    my ($verb, @keys) = split ' ', $line;
    print '= ', join('', $verb eq 'many' ? many(@keys) : map { $one{$verb}->($_) } @keys), "\n";
}
