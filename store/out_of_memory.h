// How a process that reads what may be damaged ends where memory runs out.

#ifndef DAYBOOK_STORE_OUT_OF_MEMORY_H_
#define DAYBOOK_STORE_OUT_OF_MEMORY_H_

namespace daybook {

// The status with which it ends; nothing else in it ends so.
inline constexpr int kOutOfMemoryStatus = 77;

[[noreturn]] void EndOutOfMemory();

// From now on this process ends by EndOutOfMemory() where it is refused memory,
// or a thread, of which there is too little. Who asks for more than there could
// be, as a length in a damaged file may, is thrown std::bad_alloc as ever, and
// what nobody catches aborts. For all threads; call it before there are others.
void EndWhenOutOfMemory();

}  // namespace daybook

#endif  // DAYBOOK_STORE_OUT_OF_MEMORY_H_
