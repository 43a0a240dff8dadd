// Counts of pairs of True voxels at a distance along an axis, 64 voxels at a time.

typedef unsigned long long Word;

// A thread a word: 64 voxels of a row, the first in the lowest bit, filled up with zeros.
extern "C" __global__ void pack_rows(
    const unsigned char *mask, long long words, int width, int row_words, unsigned long long *packed
) {
    const long long word = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (word >= words) return;
    const int begin = (int)(word % row_words) * 64;
    const unsigned char *voxel = mask + word / row_words * width + begin;
    Word bits = 0;
    for (int i = 0; i < 64 && begin + i < width; i++) bits |= (Word)voxel[i] << i;
    packed[word] = bits;
}

// A thread a lag and a line of words along an axis across the rows, neighbours ``stride`` words apart.
extern "C" __global__ void count_pairs_across(
    const unsigned long long *packed,
    long long threads, int lines, int lags, int length, int stride,
    unsigned long long *counts  // [batch, lags], zero before
) {
    const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (thread >= threads) return;
    const int line = (int)(thread % lines), lag = (int)(thread / lines % lags);
    const long long volume = thread / lines / lags;
    const Word *word = packed + volume * lines * length + (long long)(line / stride) * stride * length + line % stride;
    const long long apart = (long long)lag * stride;
    Word total = 0;
    for (int place = 0; place + lag < length; place++, word += stride) total += __popcll(word[0] & word[apart]);
    if (total) atomicAdd(counts + volume * lags + lag, total);
}

// A thread a lag and a row of words: a row against itself, shifted.
extern "C" __global__ void count_pairs_along(
    const unsigned long long *packed,
    long long threads, int rows, int lags, int row_words,
    unsigned long long *counts  // [batch, lags], zero before
) {
    const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (thread >= threads) return;
    const int lag = (int)(thread / rows % lags), skip = lag / 64, shift = lag % 64;
    const long long volume = thread / rows / lags;
    const Word *row = packed + (volume * rows + thread % rows) * row_words;
    Word total = 0;
    for (int i = 0; i + skip < row_words; i++) {
        Word moved = row[i + skip] >> shift;
        if (shift > 0 && i + skip + 1 < row_words) moved |= row[i + skip + 1] << (64 - shift);
        total += __popcll(row[i] & moved);
    }
    if (total) atomicAdd(counts + volume * lags + lag, total);
}
