// The widest way from a face in a batch of volumes: widths raised tile by tile until none becomes wider.
//
// A round takes the tiles (8 x 8 x 8 voxels) that something next to changed in the round before; what changes
// names the tiles of the next round. The widths are the one smallest solution of "the smaller of the own limit and
// the widest neighbour", so neither the order of threads nor a value read a moment too early matters.

#define TILE 8
#define COLUMNS (TILE * TILE)

// Puts a tile on the list of the next round, once a round.
__device__ void name(int tile, int *next, int *number, int *stamps, int stamp) {
    if (stamps[tile] < stamp && atomicMax(stamps + tile, stamp) < stamp) next[atomicAdd(number, 1)] = tile;
}

// A thread a column of a tile along an axis, up and down, for as many tiles as there are.
extern "C" __global__ void widen(
    const int *limit, int *widths,  // [batch, depth, height, width]
    int depth, int height, int width, int axis,
    const int *tiles, int *next,  // tiles of this round and of the next
    int *numbers, int round,  // how many: numbers[round] of this round, numbers[round + 1] of the next
    int *stamps, int stamp  // the last round that each tile was named for; the one of now
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
        const long long begin = volume * depth * plane;
        for (int turn = 0; turn < 2 * long_side; turn++) {
            const int along = turn < long_side ? turn : 2 * long_side - 1 - turn;
            const int z = z_low + (axis == 0 ? along : 0), y = y_low + (axis == 1 ? along : 0);
            const int x = x_low + (axis == 2 ? along : 0);
            const long long voxel = begin + z * plane + (long long)y * width + x;
            const int before = widths[voxel];
            int widest = 0;
            if (z > 0) widest = max(widest, widths[voxel - plane]);
            if (z < depth - 1) widest = max(widest, widths[voxel + plane]);
            if (y > 0) widest = max(widest, widths[voxel - width]);
            if (y < height - 1) widest = max(widest, widths[voxel + width]);
            if (x > 0) widest = max(widest, widths[voxel - 1]);
            if (x < width - 1) widest = max(widest, widths[voxel + 1]);
            const int best = min(limit[voxel], widest);
            if (best <= before) continue;
            widths[voxel] = best;
            // its own tile, and those on whose side it lies
            name(tile, next, numbers + round + 1, stamps, stamp);
            if (z % TILE == 0 && z > 0) name(tile - rows_y * rows_x, next, numbers + round + 1, stamps, stamp);
            if (z % TILE == TILE - 1 && z < depth - 1) name(tile + rows_y * rows_x, next, numbers + round + 1, stamps, stamp);
            if (y % TILE == 0 && y > 0) name(tile - rows_x, next, numbers + round + 1, stamps, stamp);
            if (y % TILE == TILE - 1 && y < height - 1) name(tile + rows_x, next, numbers + round + 1, stamps, stamp);
            if (x % TILE == 0 && x > 0) name(tile - 1, next, numbers + round + 1, stamps, stamp);
            if (x % TILE == TILE - 1 && x < width - 1) name(tile + 1, next, numbers + round + 1, stamps, stamp);
        }
    }
}
