// Where malloc has large blocks from. Taken from the heap they make less work, down to two fifths where they are half a megabyte, since
// no pages are to be cleared. But among ten thousand values that come and go the heap becomes full of holes: while memory is short, blocks of 64 KiB and more had
// better come from the system, and go back to it at once.
#pragma once

namespace tandem::base::large_blocks {

/// From now on, in all threads.
void come_from_system();
/// As they do at first, once a block has been freed.
void come_from_heap();

bool from_system();

}  // namespace tandem::base::large_blocks
