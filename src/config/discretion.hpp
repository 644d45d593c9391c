// What a message about the file may quote of it: the one place that decides. Secrets are what stands under a key such as
// `password`, what follows such a word and a colon anywhere (as in `password:hunter2`, which is no key to YAML), and
// the password in an address (`redis://user:secret@host`). *** stands in their place.
#pragma once

#include <string>
#include <string_view>

namespace tandem::config {

/// Whether the value at that path, such as `backends.m.redis.password`, is a secret, or might be one by mistake
/// (`password_file: hunter2`).
bool holds_secret(std::string_view path);

/// The message without any piece of the value.
std::string without(std::string message, std::string_view value);

/// The message without what in the text, which it may quote wholly or in part, is a secret.
std::string without_secrets(std::string message, std::string_view text);

/// The text itself as it may be quoted.
std::string quotable(std::string_view text);

}  // namespace tandem::config
