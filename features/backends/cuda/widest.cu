// The widest way from a face in a batch of volumes: widths raised tile by tile until none becomes wider.
//
// A round takes the tiles (8 x 8 x 8 voxels) that something next to changed in the round before; what changes
// names the tiles of the next round. The widths are the one smallest solution of "the smaller of the own limit and
// the widest neighbour", so neither the order of threads nor a value read a moment too early matters.

#define TILE 8
#define COLUMNS (TILE * TILE)

// A thread a column of a tile along an axis, up and down, for as many tiles as there are.
extern "C" __global__ void widen(
    const int *limit, int *widths,  // [batch, depth, height, width]
    int depth, int height, int width, int axis,
    const int *tiles, int *next,  // tiles of this round and of the next
    int *numbers, int round,  // how many: numbers[round] of this round, numbers[round + 1] of the next
    int *stamps, int stamp  // the last round that each tile was named for; the one of now
) {
    const int lengths[3] = {depth, height, width};
    const long long steps[3] = {(long long)height * width, width, 1};
    const int rows[3] = {(depth + TILE - 1) / TILE, (height + TILE - 1) / TILE, (width + TILE - 1) / TILE};
    const int tile_steps[3] = {rows[1] * rows[2], rows[2], 1};
    const int first = axis == 0 ? 1 : 0, second = axis == 2 ? 1 : 2;
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
        const long long begin = volume * lengths[0] * steps[0];
        for (int turn = 0; turn < 2 * long_side; turn++) {
            at[axis] = corner[axis] + (turn < long_side ? turn : 2 * long_side - 1 - turn);
            const long long voxel = begin + at[0] * steps[0] + at[1] * steps[1] + at[2];
            const int before = widths[voxel];
            int widest = 0;
            for (int way = 0; way < 3; way++) {
                if (at[way] > 0) widest = max(widest, widths[voxel - steps[way]]);
                if (at[way] < lengths[way] - 1) widest = max(widest, widths[voxel + steps[way]]);
            }
            const int best = min(limit[voxel], widest);
            if (best <= before) continue;
            widths[voxel] = best;
            // its own tile, and those on whose side it lies
            for (int way = -1; way < 6; way++) {
                int named = tile;
                if (way >= 0) {
                    const int along = way / 2, place = at[along] + (way % 2 ? 1 : -1);
                    if (place < 0 || place >= lengths[along] || place / TILE == at[along] / TILE) continue;
                    named += (way % 2 ? 1 : -1) * tile_steps[along];
                }
                if (stamps[named] < stamp && atomicMax(stamps + named, stamp) < stamp) {
                    next[atomicAdd(numbers + round + 1, 1)] = named;
                }
            }
        }
    }
}
