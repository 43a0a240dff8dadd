// Geodesic distance in a batch of volumes: ways shortened tile by tile until none becomes shorter.
//
// A round takes the tiles (8 x 8 x 8 voxels) that something next to changed in the round before; what changes
// names the tiles of the next round. The distances are the one fixed point of "shortest way over a neighbour",
// so neither the order of threads nor a value read a moment too early matters: it is looked at again.

#define TILE 8
#define COLUMNS (TILE * TILE)
#define FOR_OFFSETS(i) for (int i = -1; i <= 1; i++)

// Whether a place is inside an axis, or comes in again at the other side of one that goes round.
__device__ bool enter(int *place, int length, int round) {
    if (*place >= 0 && *place < length) return true;
    *place += *place < 0 ? length : -length;
    return round != 0;
}

// A thread a column of a tile along an axis, up and down, for as many tiles as there are.
extern "C" __global__ void shorten(
    const unsigned char *mask, float *distance,  // [batch, depth, height, width]
    int depth, int height, int width, int axis,
    const int *tiles, int *next,  // tiles of this round and of the next
    int *numbers, int round,  // how many: numbers[round] of this round, numbers[round + 1] of the next
    int *stamps, int stamp,  // the last round that each tile was named for; the one of now
    const float *steps,  // length of a step by 0 or 1 along each axis, at place 4 dz + 2 dy + dx
    int around  // axes whose opposite sides are joined: 4 for z, 2 for y, 1 for x
) {
    const long long plane = (long long)height * width;
    const int rows_z = (depth + TILE - 1) / TILE, rows_y = (height + TILE - 1) / TILE, rows_x = (width + TILE - 1) / TILE;
    const long long threads = (long long)gridDim.x * blockDim.x;
    for (long long item = (long long)blockIdx.x * blockDim.x + threadIdx.x; item < (long long)numbers[round] * COLUMNS;
         item += threads) {
        const int tile = tiles[item / COLUMNS], column = (int)(item % COLUMNS);
        const int volume = tile / (rows_z * rows_y * rows_x), first = column / TILE, second = column % TILE;
        // where the column begins; an array indexed by the axis would lie in slow local memory
        const int z_low = tile / (rows_y * rows_x) % rows_z * TILE + (axis == 0 ? 0 : first);
        const int y_low = tile / rows_x % rows_y * TILE + (axis == 0 ? first : axis == 1 ? 0 : second);
        const int x_low = tile % rows_x * TILE + (axis == 2 ? 0 : second);
        if (z_low >= depth || y_low >= height || x_low >= width) continue;
        const int long_side = min(TILE, axis == 0 ? depth - z_low : axis == 1 ? height - y_low : width - x_low);
        float *whole = distance + volume * depth * plane;
        const unsigned char *open = mask + volume * depth * plane;
        for (int turn = 0; turn < 2 * long_side; turn++) {
            const int along = turn < long_side ? turn : 2 * long_side - 1 - turn;
            const int at_z = z_low + (axis == 0 ? along : 0), at_y = y_low + (axis == 1 ? along : 0);
            const int at_x = x_low + (axis == 2 ? along : 0);
            const long long voxel = at_z * plane + (long long)at_y * width + at_x;
            if (!open[voxel]) continue;
            const float before = whole[voxel];
            float best = before;
            FOR_OFFSETS(dz) FOR_OFFSETS(dy) FOR_OFFSETS(dx) {
                int z = at_z + dz, y = at_y + dy, x = at_x + dx;
                if (!enter(&z, depth, around & 4) || !enter(&y, height, around & 2) || !enter(&x, width, around & 1)) continue;
                best = fminf(best, whole[z * plane + (long long)y * width + x] + steps[4 * (dz != 0) + 2 * (dy != 0) + (dx != 0)]);
            }
            if (best >= before) continue;
            whole[voxel] = best;
            // all tiles that hold a neighbour of the voxel
            FOR_OFFSETS(dz) FOR_OFFSETS(dy) FOR_OFFSETS(dx) {
                int z = at_z + dz, y = at_y + dy, x = at_x + dx;
                if (!enter(&z, depth, around & 4) || !enter(&y, height, around & 2) || !enter(&x, width, around & 1)) continue;
                const int named = ((volume * rows_z + z / TILE) * rows_y + y / TILE) * rows_x + x / TILE;
                if (stamps[named] < stamp && atomicMax(stamps + named, stamp) < stamp) {
                    next[atomicAdd(numbers + round + 1, 1)] = named;
                }
            }
        }
    }
}
