// CUDA's built-ins for g++: what kernels of the CUDA back end use, on threads of the CPU. For tests only.
// There is no __syncthreads and no shared memory: kernels that need them do not compile here.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

#define __global__
#define __device__ static
#define __host__
#define __forceinline__ inline
#define __noinline__
#define __constant__ static const
#define __launch_bounds__(...)

struct dim3 {
    unsigned int x, y, z;
};

static dim3 gridDim = {1, 1, 1}, blockDim = {1, 1, 1};
static bool side_by_side = false;
static thread_local dim3 blockIdx = {0, 0, 0}, threadIdx = {0, 0, 0};

using std::max;
using std::min;

template <class T> static inline T __ldg(const T *place) { return *place; }

// what a kernel adds, compares or exchanges atomically: each returns what was there before
template <class T, class Change> static inline T exchange(T *place, Change change) {
    // others go first now and then, so that what was read before is out of date as often as on a device
    static thread_local unsigned int calls = 0;
    if (side_by_side && ++calls % 4 == 0) std::this_thread::yield();
    T before, after;
    __atomic_load(place, &before, __ATOMIC_SEQ_CST);
    do {
        after = change(before);
    } while (!__atomic_compare_exchange(place, &before, &after, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return before;
}

#define ATOMIC(T, name, result) \
    static inline T name(T *place, T value) { return exchange(place, [=](T before) -> T { return result; }); }
#define ATOMICS_OF_WHOLE_NUMBERS(T)                                                                    \
    ATOMIC(T, atomicAdd, before + value)                                                               \
    ATOMIC(T, atomicMin, min(before, value))                                                           \
    ATOMIC(T, atomicMax, max(before, value))                                                           \
    ATOMIC(T, atomicOr, before | value)                                                                \
    ATOMIC(T, atomicAnd, before &value)                                                                \
    ATOMIC(T, atomicExch, (void(before), value))                                                       \
    static inline T atomicCAS(T *place, T expected, T value) {                                         \
        return exchange(place, [=](T before) -> T { return before == expected ? value : before; });    \
    }
ATOMICS_OF_WHOLE_NUMBERS(int)
ATOMICS_OF_WHOLE_NUMBERS(unsigned int)
ATOMICS_OF_WHOLE_NUMBERS(unsigned long long)
ATOMIC(float, atomicAdd, before + value)
ATOMIC(double, atomicAdd, before + value)
ATOMIC(float, atomicExch, (void(before), value))

static inline int __popc(unsigned int bits) { return __builtin_popcount(bits); }
static inline int __popcll(unsigned long long bits) { return __builtin_popcountll(bits); }
static inline int __clz(int bits) { return bits ? __builtin_clz((unsigned int)bits) : 32; }
static inline int __ffs(int bits) { return __builtin_ffs(bits); }
static inline float rsqrtf(float value) { return 1.0f / std::sqrt(value); }
static inline float __int_as_float(int bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
static inline int __float_as_int(float value) {
    int bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

// Every thread of a launch: thread (i * stride + offset) mod all of them at step i, stride and number of threads
// without a common factor. With one worker one after the other, else workers share the steps out in turn.
template <class Body>
static void run_threads(
    unsigned int blocks, unsigned int block, unsigned long long stride, unsigned long long offset, unsigned int workers,
    Body body
) {
    side_by_side = workers > 1;
    gridDim = {blocks, 1, 1};
    blockDim = {block, 1, 1};
    const unsigned long long all = (unsigned long long)blocks * block;
    const auto work = [=](unsigned int worker) {
        for (unsigned long long step = worker; step < all; step += workers) {
            const unsigned long long thread = (step * stride + offset) % all;
            blockIdx.x = (unsigned int)(thread / block);
            threadIdx.x = (unsigned int)(thread % block);
            body();
        }
    };
    std::vector<std::thread> others;
    for (unsigned int worker = 1; worker < workers; worker++) others.emplace_back(work, worker);
    work(0);
    for (auto &other : others) other.join();
}
