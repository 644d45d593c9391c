#!/usr/bin/perl
# What clients of Perl write to a pool and find there:
#
#     placing.pl Cache::Memcached|Cache::Memcached::Fast SERVERS PREFIX WRITTEN FOUND [SETTING=VALUE...]
#
# See placing.py for the arguments. Status 77: the client is not installed.
use strict;
use warnings;

my ($name, $servers, $prefix, $written, $found, @settings) = @ARGV;
unless (eval "require $name") {
    print "$name is not installed\n";
    exit 77;
}

sub lines {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!";
    chomp(my @lines = <$in>);
    return @lines;
}

my %settings = map { split /=/, $_, 2 } @settings;
# With a prefix of its own the client is given the keys without it.
my $own = exists $settings{namespace} ? $prefix : '';
$settings{namespace} = $own;
my $client = $name->new({servers => [map { [split /@/] } split /,/, $servers], %settings});
$client->set(substr("$prefix$_", length $own), "$prefix$_") for lines($written);
my $good = grep { ($client->get(substr("$prefix$_", length $own)) // '') eq "$prefix$_" } lines($found);
no strict 'refs';
print "$name ", ${"${name}::VERSION"}, "\n$good\n";
