#include "differential/sessions.hpp"
namespace tandem::differential {
speech const binary_speech = text_speech;
}
