// CUDA's built-ins for g++: what kernels of the CUDA back end use, on one thread. For tests only.
// There is no __syncthreads and no shared memory: kernels that need them do not compile here.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

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

static dim3 gridDim = {1, 1, 1}, blockDim = {1, 1, 1}, blockIdx = {0, 0, 0}, threadIdx = {0, 0, 0};

using std::max;
using std::min;

template <class T> static inline T __ldg(const T *place) { return *place; }

// what a kernel adds, compares or exchanges atomically: each returns what was there before
template <class T> static inline T exchange(T *place, T value) {
    T before = *place;
    *place = value;
    return before;
}

#define ATOMICS_OF_WHOLE_NUMBERS(T)                                                                       \
    static inline T atomicAdd(T *place, T value) { return exchange<T>(place, *place + value); }           \
    static inline T atomicMin(T *place, T value) { return exchange<T>(place, min(*place, value)); }       \
    static inline T atomicMax(T *place, T value) { return exchange<T>(place, max(*place, value)); }       \
    static inline T atomicOr(T *place, T value) { return exchange<T>(place, *place | value); }            \
    static inline T atomicAnd(T *place, T value) { return exchange<T>(place, *place & value); }           \
    static inline T atomicExch(T *place, T value) { return exchange<T>(place, value); }                   \
    static inline T atomicCAS(T *place, T expected, T value) {                                            \
        return exchange<T>(place, *place == expected ? value : *place);                                   \
    }
ATOMICS_OF_WHOLE_NUMBERS(int)
ATOMICS_OF_WHOLE_NUMBERS(unsigned int)
ATOMICS_OF_WHOLE_NUMBERS(unsigned long long)
static inline float atomicAdd(float *place, float value) { return exchange<float>(place, *place + value); }
static inline double atomicAdd(double *place, double value) { return exchange<double>(place, *place + value); }
static inline float atomicExch(float *place, float value) { return exchange<float>(place, value); }

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

// every thread of a launch, one after the other: thread (i * stride + offset) mod all of them at step i,
// stride and number of threads without a common factor
template <class Body>
static void run_threads(unsigned int blocks, unsigned int block, unsigned long long stride, unsigned long long offset, Body body) {
    gridDim = {blocks, 1, 1};
    blockDim = {block, 1, 1};
    const unsigned long long all = (unsigned long long)blocks * block;
    unsigned long long thread = offset % all;
    for (unsigned long long step = 0; step < all; step++) {
        blockIdx.x = (unsigned int)(thread / block);
        threadIdx.x = (unsigned int)(thread % block);
        body();
        thread += stride;
        if (thread >= all) thread -= all;
    }
}
