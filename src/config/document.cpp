#include "config/document.hpp"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>

#include <sstream>
#include <string>

namespace tandem::config {

namespace {

/// Remembers where a document starts, and nothing of what it says.
class document_start final : public YAML::EventHandler {
 public:
  YAML::Mark mark;

  void OnDocumentStart(YAML::Mark const& at) override { mark = at; }
  void OnDocumentEnd() override {}
  void OnNull(YAML::Mark const&, YAML::anchor_t) override {}
  void OnAlias(YAML::Mark const&, YAML::anchor_t) override {}
  void OnScalar(YAML::Mark const&, std::string const&, YAML::anchor_t, std::string const&) override {}
  void OnSequenceStart(YAML::Mark const&, std::string const&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(YAML::Mark const&, std::string const&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
};

/// YAML::Load stops after the first document, and YAML::LoadAll never returns where one makes no progress, as a
/// lone comma does. So the second is looked for, and no more.
void check_single(std::string const& text, findings& found) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  document_start first, second;
  if (!parser.HandleNextDocument(first) || !parser.HandleNextDocument(second)) return;
  found.error(position_of(second.mark), "the document has ended before this; write a single one");
}

}  // namespace

position position_of(YAML::Mark const& mark) {
  if (mark.is_null()) return {1, 1};
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

std::optional<YAML::Node> parse_document(std::string_view text, findings& found) {
  try {
    std::string const copy(text);
    YAML::Node const root = YAML::Load(copy);
    check_single(copy, found);
    return root.IsNull() ? YAML::Node(YAML::NodeType::Map) : root;
  } catch (YAML::Exception const& failure) {
    constexpr std::string_view advice = "check the indentation, and quote values that hold [ ] { } or \": \"";
    found.error(position_of(failure.mark), fmt::format("not valid YAML: {}; {}", failure.msg, advice));
    return std::nullopt;
  }
}

}  // namespace tandem::config
