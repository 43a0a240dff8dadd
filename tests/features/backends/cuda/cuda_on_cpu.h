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

#ifdef WATCHED
// Memory traffic of a launch, counted: the compiler calls these functions at every access (-fsanitize=kernel-address).
// Places are sectors of 32 bytes, what a device moves at a time. A warp asks for a sector once for each access in the
// source, as if its threads ran in step: what the same access asks for again later comes from the nearest cache.
#define UNWATCHED __attribute__((no_sanitize("kernel-address")))
struct Watched {
    unsigned char *begin, *end, *sectors;  // bit 1 of a sector: read; bit 2: written
};
static Watched watched[24];
static int arrays_watched = 0;
static const unsigned int ASKED = 1 << 16;  // more than a warp asks for
static unsigned long long transactions = 0, asked[ASKED], asked_by[ASKED], warp = 0;

UNWATCHED static bool asks_first(unsigned long long key) {
    unsigned int slot = (unsigned int)((key * 0x9E3779B97F4A7C15ull) >> 48);
    for (int tries = 0; tries < 64; tries++, slot = (slot + 1) % ASKED) {
        if (asked_by[slot] == warp && asked[slot] == key) return false;
        if (asked_by[slot] == warp) continue;
        asked_by[slot] = warp;
        asked[slot] = key;
        return true;
    }
    return true;
}

UNWATCHED static void watch(unsigned long long address, unsigned char bit, const void *access = nullptr) {
    for (int i = 0; i < arrays_watched; i++) {
        const unsigned long long begin = (unsigned long long)watched[i].begin;
        if (address < begin || address >= (unsigned long long)watched[i].end) continue;
        watched[i].sectors[(address - begin) / 32] |= bit;
        const unsigned long long sector = ((unsigned long long)(i + 1) << 36) + (address - begin) / 32;
        transactions += asks_first(sector ^ (unsigned long long)access << 41);
        return;
    }
}

extern "C" {
UNWATCHED void watch_arrays(int number, unsigned char **begins, unsigned char **ends, unsigned char **sectors) {
    arrays_watched = number;
    for (int i = 0; i < number; i++) watched[i] = {begins[i], ends[i], sectors[i]};
    transactions = 0;
}
UNWATCHED unsigned long long count_transactions() { return transactions; }
#define WATCH(size)                                                                    \
    UNWATCHED void __asan_load##size##_noabort(unsigned long long place) { watch(place, 1, __builtin_return_address(0)); } \
    UNWATCHED void __asan_store##size##_noabort(unsigned long long place) { watch(place, 2, __builtin_return_address(0)); }
WATCH(1)
WATCH(2)
WATCH(4)
WATCH(8)
WATCH(16)
UNWATCHED void __asan_loadN_noabort(unsigned long long place, unsigned long long) { watch(place, 1, __builtin_return_address(0)); }
UNWATCHED void __asan_storeN_noabort(unsigned long long place, unsigned long long) { watch(place, 2, __builtin_return_address(0)); }
UNWATCHED void __asan_handle_no_return() {}
}

UNWATCHED static void begin_thread(unsigned long long thread) {
    if (thread % 32 == 0) warp++;
}
#else
#define UNWATCHED
static inline void watch(unsigned long long, unsigned char) {}
static inline void begin_thread(unsigned long long) {}
#endif

// what a kernel adds, compares or exchanges atomically: each returns what was there before
template <class T, class Change> UNWATCHED static inline T exchange(T *place, Change change) {
    watch((unsigned long long)place, 3);  // read and written, in one transaction
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
            begin_thread(thread);
            body();
        }
    };
    std::vector<std::thread> others;
    for (unsigned int worker = 1; worker < workers; worker++) others.emplace_back(work, worker);
    work(0);
    for (auto &other : others) other.join();
}
