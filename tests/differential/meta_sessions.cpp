#include "differential/sessions.hpp"
namespace tandem::differential {
speech const meta_speech = text_speech;
}
