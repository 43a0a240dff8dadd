// Geodesic distance in a batch of volumes: ways shortened tile by tile until none becomes shorter.
//
// A round takes the tiles (8 x 8 x 8 voxels) that something next to changed in the round before; what changes
// names the tiles of the next round. The distances are the one fixed point of "shortest way over a neighbour",
// so neither the order of threads nor a value read a moment too early matters: it is looked at again.

#define TILE 8
#define COLUMNS (TILE * TILE)
#define FOR_OFFSETS(i) for (int i = -1; i <= 1; i++)

// A thread a column of a tile along an axis, up and down, for as many tiles as there are.
extern "C" __global__ void shorten(
    const unsigned char *mask, float *distance,  // [batch, depth, height, width]
    int depth, int height, int width, int axis,
    const int *tiles, int *next,  // tiles of this round and of the next
    int *numbers, int round,  // how many: numbers[round] of this round, numbers[round + 1] of the next
    int *stamps, int stamp  // the last round that each tile was named for; the one of now
) {
    const int lengths[3] = {depth, height, width};
    const long long steps[3] = {(long long)height * width, width, 1};
    const int rows[3] = {(depth + TILE - 1) / TILE, (height + TILE - 1) / TILE, (width + TILE - 1) / TILE};
    const int first = axis == 0 ? 1 : 0, second = axis == 2 ? 1 : 2;
    const float costs[4] = {0.0f, 1.0f, 1.41421356f, 1.73205081f};
    const long long threads = (long long)gridDim.x * blockDim.x;
    for (long long item = (long long)blockIdx.x * blockDim.x + threadIdx.x; item < (long long)numbers[round] * COLUMNS;
         item += threads) {
        const int tile = tiles[item / COLUMNS], column = (int)(item % COLUMNS);
        const int volume = tile / (rows[0] * rows[1] * rows[2]);
        const int corner[3] = {
            tile / (rows[1] * rows[2]) % rows[0] * TILE, tile / rows[2] % rows[1] * TILE, tile % rows[2] * TILE
        };
        int at[3] = {corner[0], corner[1], corner[2]};
        at[first] += column / TILE;
        at[second] += column % TILE;
        if (at[first] >= lengths[first] || at[second] >= lengths[second]) continue;
        const int long_side = min(TILE, lengths[axis] - corner[axis]);
        float *whole = distance + volume * lengths[0] * steps[0];
        const unsigned char *open = mask + volume * lengths[0] * steps[0];
        for (int turn = 0; turn < 2 * long_side; turn++) {
            at[axis] = corner[axis] + (turn < long_side ? turn : 2 * long_side - 1 - turn);
            const long long voxel = at[0] * steps[0] + at[1] * steps[1] + at[2];
            if (!open[voxel]) continue;
            const float before = whole[voxel];
            float best = before;
            FOR_OFFSETS(dz) FOR_OFFSETS(dy) FOR_OFFSETS(dx) {
                const int z = at[0] + dz, y = at[1] + dy, x = at[2] + dx;
                if (z < 0 || y < 0 || x < 0 || z >= depth || y >= height || x >= width) continue;
                best = fminf(best, whole[z * steps[0] + y * steps[1] + x] + costs[(dz != 0) + (dy != 0) + (dx != 0)]);
            }
            if (best >= before) continue;
            whole[voxel] = best;
            // all tiles that hold a neighbour of the voxel
            FOR_OFFSETS(dz) FOR_OFFSETS(dy) FOR_OFFSETS(dx) {
                const int z = at[0] + dz, y = at[1] + dy, x = at[2] + dx;
                if (z < 0 || y < 0 || x < 0 || z >= depth || y >= height || x >= width) continue;
                const int named = ((volume * rows[0] + z / TILE) * rows[1] + y / TILE) * rows[2] + x / TILE;
                if (stamps[named] < stamp && atomicMax(stamps + named, stamp) < stamp) {
                    next[atomicAdd(numbers + round + 1, 1)] = named;
                }
            }
        }
    }
}
