#!/usr/bin/ruby
# What dalli writes to a pool and finds there:
#
#     placing.rb dalli SERVERS PREFIX WRITTEN FOUND [SETTING=VALUE...]
#
# See placing.py for the arguments. Status 77: dalli is not installed.
begin
  require 'dalli'
rescue LoadError
  puts 'dalli is not installed'
  exit 77
end

_, servers, prefix, written, found, *settings = ARGV
options = settings.to_h { |setting| setting.split('=', 2) }.transform_keys(&:to_sym)
# Its namespace ends with a colon that it adds.
own = options.key?(:namespace) ? prefix : ''
options[:namespace] = own.chomp(':') unless own.empty?

Dalli.logger.level = Logger::FATAL
addresses = servers.split(',').map { |server| server.sub('@', ':') }
client = Dalli::Client.new(addresses, options)
strip = ->(key) { (prefix + key)[own.length..] }
File.readlines(written, chomp: true).each { |key| client.set(strip.call(key), prefix + key, 0, raw: true) }
# Values come back as bytes.
good = File.readlines(found, chomp: true).count { |key| client.get(strip.call(key), raw: true).to_s.b == (prefix + key).b }
puts "dalli #{Dalli::VERSION}", good
