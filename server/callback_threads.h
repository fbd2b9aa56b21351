// Keeps the threads on which gRPC calls back.
//
// gRPC starts them with the first channel or server that needs them and ends
// them with the last, in whichever thread lets go of that: one of theirs, when
// it is a call that held the channel. Then gRPC 1.51 has a thread wait for
// itself and goes on with memory that is gone (`assertion failed: prior > 0`).
// So one channel, which leads nowhere, is never let go of.

#ifndef DAYBOOK_SERVER_CALLBACK_THREADS_H_
#define DAYBOOK_SERVER_CALLBACK_THREADS_H_

namespace daybook {

// To be called before the first channel is made. Costs two idle threads until
// the process ends. Thread-safe.
void KeepCallbackThreads();

}  // namespace daybook

#endif  // DAYBOOK_SERVER_CALLBACK_THREADS_H_
