// Squared distances to the nearest False voxel of a batch of volumes, an axis at a time, exactly, in whole numbers:
// the square of a step along an axis is its weight.

#define FAR (1 << 30)  // larger than the square of any distance, small enough to be added to

// A thread a voxel: the square of the distance along x, FAR where the row has no False voxel.
extern "C" __global__ void distance_along_rows(
    const unsigned char *mask, long long voxels, int width, int weight, int *squared
) {
    const long long voxel = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (voxel >= voxels) return;
    const int x = (int)(voxel % width);
    int found = FAR;
    if (!mask[voxel]) {
        found = 0;
    } else {
        for (int offset = 1; offset <= x || offset < width - x; offset++) {
            if ((offset <= x && !mask[voxel - offset]) || (offset < width - x && !mask[voxel + offset])) {
                found = offset * offset * weight;
                break;
            }
        }
    }
    squared[voxel] = found;
}

// A thread a voxel: the smallest of source + weight offset^2 along an axis of so many voxels, neighbours ``stride`` apart.
// What is found bounds how far to look: pores are narrow, so the search ends soon.
extern "C" __global__ void distance_across(
    const int *source, long long voxels, int length, long long stride, int weight, int *target
) {
    const long long voxel = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (voxel >= voxels) return;
    const int place = (int)(voxel / stride % length);
    int found = source[voxel];
    for (int offset = 1; (offset <= place || offset < length - place) && offset * offset * weight < found; offset++) {
        const int square = offset * offset * weight;
        if (offset <= place) found = min(found, source[voxel - offset * stride] + square);
        if (offset < length - place) found = min(found, source[voxel + offset * stride] + square);
    }
    target[voxel] = found;
}
