// Histograms of the whole numbers in a batch of float volumes.

// A thread a column along z: equal values in a row are counted before they are added, to one of several tables.
extern "C" __global__ void count_levels(
    const float *values,  // [batch, depth, plane], whole and at least 0, or infinite
    int batch, int depth, int plane, int levels, int tables,
    unsigned int *counts  // [batch, tables, levels], zero before
) {
    const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (thread >= (long long)batch * plane) return;
    const long long volume = thread / plane;
    const float *value = values + volume * depth * plane + thread % plane;
    unsigned int *table = counts + (volume * tables + thread % tables) * levels;
    float last = *value;
    unsigned int repeats = 0;
    for (int z = 0; z < depth; z++, value += plane) {
        if (*value != last) {
            if (last < levels) atomicAdd(table + (int)last, repeats);
            last = *value;
            repeats = 0;
        }
        repeats++;
    }
    if (last < levels) atomicAdd(table + (int)last, repeats);
}
