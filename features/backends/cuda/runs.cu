// Histograms of the straight runs of equal voxels along one axis of a batch of volumes.

// A thread a line along the axis; ends counts how many ends of a run lie on a face of the volume.
extern "C" __global__ void count_runs(
    const unsigned char *mask,
    long long lines, int lines_of_volume, int length, int stride, int tables,
    unsigned int *counts  // [batch, tables, phase, ends, length + 1], zero before
) {
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (line >= lines) return;
    const unsigned char *voxel = mask + line / stride * stride * length + line % stride;
    unsigned int *table = counts + (line / lines_of_volume * tables + line % tables) * 6 * (length + 1);
    unsigned int phase = *voxel;
    int start = 0;
    for (int place = 1; place <= length; place++) {
        voxel += stride;
        if (place < length && *voxel == phase) continue;
        const int ends = (start == 0) + (place == length);
        atomicAdd(table + (phase * 3 + ends) * (length + 1) + place - start, 1u);
        start = place;
        phase = !phase;
    }
}
