// Face-connected components of a batch of volumes by label equivalence: every voxel points to an earlier
// voxel of its component (its number in the batch, along x, then y, then z) or, if it is the first, to itself.

// The first voxel that a voxel leads to, as far as is known.
__device__ int first_of(const int *parents, int voxel) {
    int parent = parents[voxel];
    while (parent != voxel) {
        voxel = parent;
        parent = parents[voxel];
    }
    return voxel;
}

// Joins two components: the later first voxel is made to point to the earlier one. Where another thread was
// quicker and made it point elsewhere, what it points to now is joined instead; pointers only ever go down.
__device__ void join(int *parents, int a, int b) {
    for (;;) {
        a = first_of(parents, a);
        b = first_of(parents, b);
        if (a == b) return;
        const int later = a > b ? a : b, earlier = a > b ? b : a;
        const int before = atomicMin(parents + later, earlier);
        if (before == later) return;
        a = before;
        b = earlier;
    }
}

// A thread a row: each voxel points to the first of its run along x, those outside the mask to -1.
extern "C" __global__ void begin_rows(const unsigned char *mask, int rows, int width, int *parents) {
    const int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    const int begin = row * width;
    int first = -1;
    for (int voxel = begin; voxel < begin + width; voxel++) {
        first = mask[voxel] ? (first < 0 ? voxel : first) : -1;
        parents[voxel] = first;
    }
}

// A thread a voxel: joins its run with those beside it at lower y and z, once for each stretch that they share.
extern "C" __global__ void join_rows(
    const unsigned char *mask, int voxels, int depth, int height, int width, int *parents
) {
    const int voxel = blockIdx.x * blockDim.x + threadIdx.x;
    if (voxel >= voxels || !mask[voxel]) return;
    const int x = voxel % width, y = voxel / width % height, z = voxel / width / height % depth;
    const bool goes_on = x > 0 && mask[voxel - 1];
    const int plane = height * width;
    if (y > 0 && mask[voxel - width] && !(goes_on && mask[voxel - width - 1])) join(parents, voxel, voxel - width);
    if (z > 0 && mask[voxel - plane] && !(goes_on && mask[voxel - plane - 1])) join(parents, voxel, voxel - plane);
}

// A thread a voxel: each points to the first of its component.
extern "C" __global__ void point_to_first(int voxels, int *parents) {
    const int voxel = blockIdx.x * blockDim.x + threadIdx.x;
    if (voxel < voxels && parents[voxel] >= 0) parents[voxel] = first_of(parents, voxel);
}

__device__ void add(int number, unsigned int voxels, unsigned int sides, unsigned int *sizes, unsigned int *faces) {
    atomicAdd(sizes + number, voxels);
    // most are known already: looking is cheaper than telling
    if ((faces[number] & sides) != sides) atomicOr(faces + number, sides);
}

// A thread a column along z: sizes and faces by number, runs of one number counted before they are added.
extern "C" __global__ void measure_components(
    const int *numbers,  // [batch, depth, height, width], 0 outside the mask
    int batch, int depth, int height, int width,
    unsigned int *sizes, unsigned int *faces
) {
    const int thread = blockIdx.x * blockDim.x + threadIdx.x, plane = height * width;
    if (thread >= batch * plane) return;
    const int column = thread % plane, x = column % width, y = column / width;
    const int *voxel = numbers + (long long)(thread / plane) * depth * plane + column;
    const unsigned int beside = (y == 0) << 2 | (y == height - 1) << 3 | (x == 0) << 4 | (x == width - 1) << 5;
    int number = 0;
    unsigned int voxels = 0, sides = 0;
    for (int z = 0; z < depth; z++, voxel += plane) {
        if (*voxel != number) {
            if (number) add(number, voxels, sides, sizes, faces);
            number = *voxel;
            voxels = sides = 0;
        }
        voxels++;
        sides |= beside | (z == 0) | (z == depth - 1) << 1;
    }
    if (number) add(number, voxels, sides, sizes, faces);
}

// A thread a voxel: pairs of components that meet there along an edge or a corner, as often as they do.
extern "C" __global__ void note_contacts(
    const int *numbers,  // [batch, depth, height, width], 0 outside the mask
    int voxels, int depth, int height, int width, int room,
    int *pairs, int *number  // [room, 2], filled as far as it goes; how many there are, 0 before
) {
    const int voxel = blockIdx.x * blockDim.x + threadIdx.x;
    if (voxel >= voxels || !numbers[voxel]) return;
    const int own = numbers[voxel], x = voxel % width, y = voxel / width % height, z = voxel / width / height % depth;
    for (int dz = 0; dz <= 1; dz++)
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                // one of each two opposite steps, and none across a face
                if (dz == 0 && dy <= 0) continue;
                if ((dz != 0) + (dy != 0) + (dx != 0) < 2) continue;
                if (z + dz >= depth || y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
                const int other = numbers[voxel + (dz * height + dy) * width + dx];
                if (!other || other == own) continue;
                const int place = atomicAdd(number, 1);
                if (place >= room) continue;
                pairs[2 * place] = min(own, other);
                pairs[2 * place + 1] = max(own, other);
            }
}
