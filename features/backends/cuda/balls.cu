// For each voxel the largest ball that covers it, in a batch of volumes: balls painted as row spans.
//
// Balls are open: one of squared radius s at c covers the voxels with |v - c|^2 < s, where a step along an axis has the
// weight of that axis as its square. What changes nothing is left
// out, exactly, as in the twin for the CPU: balls that lie in a neighbour's, and the half of a ball on the side of a
// neighbour whose ball is no smaller. Both depend on the radii alone, so all centres are judged at once.

#define LANES 32  // threads that paint one ball together

struct Volume {
    const int *squared;
    int depth, height, width;
};

// The squared radius at a place, 0 outside the volume.
__device__ int at(const Volume &v, int z, int y, int x) {
    const bool inside = z >= 0 && y >= 0 && x >= 0 && z < v.depth && y < v.height && x < v.width;
    return inside ? v.squared[((long long)z * v.height + y) * v.width + x] : 0;
}

// Sides of a ball to leave out, as bits: 1 and 2 for low and high z, 4 and 8 for y, 16 and 32 for x.
__device__ int sides_out(const Volume &v, int z, int y, int x, int own) {
    return (at(v, z - 1, y, x) >= own) | (at(v, z + 1, y, x) >= own) << 1 | (at(v, z, y - 1, x) >= own) << 2 |
           (at(v, z, y + 1, x) >= own) << 3 | (at(v, z, y, x - 1) >= own) << 4 | (at(v, z, y, x + 1) >= own) << 5;
}

// Exact for what occurs: square roots of floats are correctly rounded, and squares of distances below 2^23.
__device__ int root(int square) { return (int)sqrtf((float)square); }

// A thread a voxel: lists the centres of the balls that change something.
extern "C" __global__ void choose_centres(
    const int *squared,  // [batch, depth, height, width]
    int voxels, int depth, int height, int width, int least,  // least: the smallest weight
    const int *enclosing, int levels,  // [step, level]: squared radius that holds such a ball, its centre a step away
    int *centres, int *number  // zero before
) {
    const int voxel = blockIdx.x * blockDim.x + threadIdx.x;
    if (voxel >= voxels) return;
    const int own = squared[voxel];
    if (own <= least) return;  // such a ball covers its centre only
    const int size = depth * height * width, place = voxel % size;
    const int z = place / (height * width), y = place / width % height, x = place % width;
    const Volume v = {squared + (voxel - place), depth, height, width};
    for (int dz = -1; dz <= 1; dz++)
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                const int step = (dz != 0) + (dy != 0) + (dx != 0) - 1;
                if (step >= 0 && at(v, z + dz, y + dy, x + dx) >= enclosing[step * levels + own]) return;
            }
    if (sides_out(v, z, y, x, own) != 63) centres[atomicAdd(number, 1)] = voxel;
}

// 32 threads a ball: raise the voxels of the rest of each ball to its squared radius, row by row.
extern "C" __global__ void paint_balls(
    const int *squared, int depth, int height, int width, int weight_z, int weight_y, int weight_x,
    const int *centres, const int *number,
    int *cover  // [batch, depth, height, width]
) {
    const int size = depth * height * width;
    const long long threads = (long long)gridDim.x * blockDim.x;
    for (long long item = (long long)blockIdx.x * blockDim.x + threadIdx.x; item < (long long)*number * LANES;
         item += threads) {
        const int voxel = centres[item / LANES], own = squared[voxel], place = voxel % size;
        const int z = place / (height * width), y = place / width % height, x = place % width;
        const Volume v = {squared + (voxel - place), depth, height, width};
        const int out = sides_out(v, z, y, x, own), level = own - 1;
        const int reach = root(level / weight_z), aside = root(level / weight_y);
        const int z_low = out & 1 ? z : max(z - reach, 0), z_high = out & 2 ? z : min(z + reach, depth - 1);
        const int y_low = out & 4 ? y : max(y - aside, 0), y_high = out & 8 ? y : min(y + aside, height - 1);
        const int across = y_high - y_low + 1, rows = (z_high - z_low + 1) * across;
        for (int row = (int)(item % LANES); row < rows; row += LANES) {
            const int row_z = z_low + row / across, row_y = y_low + row % across;
            const int rest = level - weight_z * (row_z - z) * (row_z - z) - weight_y * (row_y - y) * (row_y - y);
            if (rest < 0) continue;
            const int half = root(rest / weight_x);
            const int low = out & 16 ? x : max(x - half, 0), high = out & 32 ? x : min(x + half, width - 1);
            int *begin = cover + (voxel - place) + (row_z * height + row_y) * width;
            for (int row_x = low; row_x <= high; row_x++) {
                // most are covered by a larger ball already: looking is cheaper than telling
                if (begin[row_x] < own) atomicMax(begin + row_x, own);
            }
        }
    }
}
