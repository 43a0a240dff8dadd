// Histograms of the 2x2x2 patterns of a batch of volumes.
//
// A thread goes up a column of cubes along z, so that threads side by side read voxels side by side and the
// upper half of a cube is the lower half of the next. Patterns repeat along a column: they are counted in a
// register and added when they change, to one of several tables, so that threads seldom meet at a counter.

extern "C" __global__ void count_configurations(
    const unsigned char *__restrict__ masks,  // [batch, depth, height, width]
    int batch, int depth, int height, int width, int tables,
    unsigned int *counts  // [batch, tables, 256], zero before
) {
    const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const long long columns = (long long)(height - 1) * (width - 1);
    if (thread >= batch * columns) return;
    const int x = (int)(thread % (width - 1)), y = (int)(thread % columns / (width - 1));
    const long long volume = thread / columns, plane = (long long)height * width;
    const unsigned char *voxel = masks + (volume * depth * height + y) * width + x;
    unsigned int *table = counts + (volume * tables + thread % tables) * 256;

    unsigned int repeats = 0, last = 0;
    unsigned int low = voxel[0] | voxel[1] << 1 | voxel[width] << 2 | voxel[width + 1] << 3;
    for (int z = 1; z < depth; z++) {
        voxel += plane;
        const unsigned int high = voxel[0] | voxel[1] << 1 | voxel[width] << 2 | voxel[width + 1] << 3;
        const unsigned int pattern = low | high << 4;
        if (pattern != last && repeats > 0) {
            atomicAdd(table + last, repeats);
            repeats = 0;
        }
        last = pattern;
        repeats++;
        low = high;
    }
    if (repeats > 0) atomicAdd(table + last, repeats);
}
