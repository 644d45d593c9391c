#include "protocol/redis/error_reply.hpp"

#include "support/catch.hpp"

using tandem::protocol::redis::error_code;
using tandem::protocol::redis::error_reply;
using tandem::protocol::redis::read_error;

TEST_CASE("a redirection names a slot and a node") {
  error_reply const moved = read_error("MOVED 3999 127.0.0.1:6381");
  CHECK(moved.code == error_code::moved);
  CHECK(moved.slot == 3999);
  CHECK(moved.host == "127.0.0.1");
  CHECK(moved.port == 6381);
  error_reply const ask = read_error("ASK 16383 cache-2.example:6379");
  CHECK(ask.code == error_code::ask);
  CHECK(ask.slot == 16383);
  CHECK(ask.host == "cache-2.example");
}

TEST_CASE("the host of a redirection may be an IPv6 address, and may be left out") {
  CHECK(read_error("MOVED 1 2001:db8::1:6379").host == "2001:db8::1");
  CHECK(read_error("MOVED 1 2001:db8::1:6379").port == 6379);
  CHECK(read_error("MOVED 1 :6379").host.empty());
  CHECK(read_error("MOVED 1 ?:6379").host.empty());
  CHECK(read_error("MOVED 1 :6379").code == error_code::moved);
}

TEST_CASE("a redirection that cannot be read is followed nowhere") {
  for (auto const* text :
       {"MOVED", "MOVED 1", "MOVED x 127.0.0.1:1", "MOVED 16384 127.0.0.1:1", "ASK 1 127.0.0.1",
        "ASK 1 127.0.0.1:", "ASK 1 127.0.0.1:0", "ASK 1 127.0.0.1:65536"}) {
    INFO(text);
    CHECK(read_error(text).code == error_code::other);
  }
}

TEST_CASE("errors are known by their first word") {
  CHECK(read_error("TRYAGAIN Multiple keys request during rehashing of slot").code == error_code::try_again);
  CHECK(read_error("LOADING Redis is loading the dataset in memory").code == error_code::loading);
  CHECK(read_error("CLUSTERDOWN The cluster is down").code == error_code::cluster_down);
  CHECK(read_error("MASTERDOWN Link with MASTER is down").code == error_code::master_down);
  CHECK(read_error("READONLY You can't write against a read only replica.").code == error_code::read_only);
  CHECK(read_error("NOSCRIPT No matching script. Please use EVAL.").code == error_code::no_script);
  CHECK(read_error("WRONGTYPE Operation against a key").code == error_code::wrong_type);
  CHECK(read_error("ERR unknown command 'GETEX'").code == error_code::other);
  CHECK(read_error("OOM command not allowed when used memory > 'maxmemory'.").code ==
        error_code::out_of_memory);
  CHECK(read_error("MISCONF Redis is configured to save RDB snapshots").code == error_code::misconfigured);
  CHECK(read_error("NOREPLICAS Not enough good replicas to write.").code == error_code::no_replicas);
  CHECK(read_error("NOPERM this user has no permissions to run the 'set' command").code ==
        error_code::no_permission);
  CHECK(read_error("NOAUTH Authentication required.").code == error_code::not_signed_in);
  CHECK(read_error("WRONGPASS invalid username-password pair or user is disabled.").code ==
        error_code::sign_in_refused);
  CHECK(read_error("").code == error_code::other);
}

TEST_CASE("errors inside scripts are known as well") {
  CHECK(read_error("ERR Error running script (call to f_1): @user_script:9: WRONGTYPE Operation against")
            .code == error_code::wrong_type);
  CHECK(
      read_error("ERR Error running script (call to f_1): @user_script: 9: -READONLY You can't write").code ==
      error_code::read_only);
  CHECK(read_error("ERR Error running script (call to f_1): @user_script:9: -OOM command not allowed").code ==
        error_code::out_of_memory);
  CHECK(read_error("OOM command not allowed when used memory > 'maxmemory'. script: f_1, on @user_script:1.")
            .code == error_code::out_of_memory);
  CHECK(read_error("ERR Error running script (call to f_1): @user_script:9: -MISCONF Redis is").code ==
        error_code::misconfigured);
  CHECK(
      read_error("ERR The user executing the script can't run this command or subcommand script: f_1").code ==
      error_code::no_permission);
  for (auto const* text : {"ERR string exceeds maximum allowed size (proto-max-bulk-len)",
                           "ERR Protocol error: invalid bulk length"})
    CHECK(read_error(text).code == error_code::too_large);
}

TEST_CASE("a refused password is known by the sentences of older servers, too") {
  for (auto const* text :
       {"ERR invalid password", "ERR Client sent AUTH, but no password is set",
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your configuration is correct?"}) {
    INFO(text);
    CHECK(read_error(text).code == error_code::sign_in_refused);
  }
}
