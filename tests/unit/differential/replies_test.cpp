#include "differential/replies.hpp"

#include "differential/binary_packet.hpp"
#include "support/catch.hpp"

using namespace tandem::differential;

using replies = std::vector<std::string>;

TEST_CASE("a cas number is named by when it was first seen") {
  cas_numbers cas;
  CHECK(text_replies("VALUE k 0 1 900\r\nx\r\nVALUE l 0 1 7\r\ny\r\nEND\r\n", cas) ==
        replies{"VALUE k 0 1 cas#1\r\nx\r\n", "VALUE l 0 1 cas#2\r\ny\r\n", "END\r\n"});
  CHECK(text_replies("VALUE k 0 1 900\r\nx\r\nEND\r\n", cas) ==
        replies{"VALUE k 0 1 cas#1\r\nx\r\n", "END\r\n"});
  CHECK(cas.last() == 900);
  CHECK(cas.older() == 7);
}

TEST_CASE("no cas number stays none") {
  cas_numbers cas;
  CHECK(text_replies("HD c0\r\n", cas) == replies{"HD c0\r\n"});
  CHECK(cas.last() == 0);
}

TEST_CASE("cas numbers of meta are found among other flags, and only there") {
  cas_numbers cas;
  CHECK(text_replies("VA 2 s2 c31 Oc31 kc31\r\nc3\r\nEN c9x\r\nME k exp=-1 cas=31 size=5\r\n", cas) ==
        replies{"VA 2 s2 ccas#1 Oc31 kc31\r\nc3\r\n", "EN c9x\r\n", "ME k exp=-1 cas=cas#1 size=5\r\n"});
}

TEST_CASE("a data block is not taken for lines") {
  cas_numbers cas;
  CHECK(text_replies("VALUE k 0 5\r\nEND\r\n\r\nEND\r\n", cas) ==
        replies{"VALUE k 0 5\r\nEND\r\n\r\n", "END\r\n"});
}

TEST_CASE("what is incomplete is kept") {
  cas_numbers cas;
  CHECK(text_replies("END\r\nSTOR", cas) == replies{"END\r\n", "STOR"});
  CHECK(text_replies("VALUE k 0 5\r\nab", cas) == replies{"VALUE k 0 5\r\nab"});
  CHECK(binary_replies("\x81\x01", cas) == replies{"no packet: \\x81\\x01"});
}

TEST_CASE("a binary packet shows every field") {
  cas_numbers cas;
  binary_packet packet;
  packet.magic = 0x81;
  packet.opcode = 0x0c;
  packet.vbucket_or_status = 1;
  packet.opaque = 0xabcdef01;
  packet.cas = big_endian(77, 8);
  packet.extras = std::string("\0\0\0\1", 4);
  packet.key = "k\n";
  packet.value = "v";
  std::string const bytes = bytes_of(packet);
  CHECK(binary_replies(bytes + bytes.substr(0, 30), cas) ==
        replies{"magic 81 opcode 0c type 00 status 0001 opaque abcdef01 cas cas#1 extras "
                "\"\\x00\\x00\\x00\\x01\" key \"k\\n\" value \"v\"",
                "no packet: \\x81\\x0c\\x00\\x02\\x04\\x00\\x00\\x01\\x00\\x00\\x00\\x07\\xab\\xcd\\xef\\x01"
                "\\x00\\x00\\x00\\x00\\x00\\x00\\x00M\\x00\\x00\\x00\\x01k\\n"});
}
