// See `volume_cells_head.glsl`.

const float INFINITY = uintBitsToFloat(0x7F800000u);

vec2 range_of(uvec3 first, uvec3 end, uint texels, uvec2 pitch) {
    vec2 range = vec2(INFINITY, -INFINITY);
    for (uint z = first.z; z <= end.z; z++) {
        for (uint y = first.y; y <= end.y; y++) {
            uint row = along_y(y, pitch) + along_z(z, pitch);
            for (uint x = first.x; x <= end.x; x++) {
                float v = number_of(raw_at(texels, row + along_x(x)));
                if (is_nan(v)) return vec2(-INFINITY, INFINITY);
                range = vec2(min(range.x, v), max(range.y, v));
            }
        }
    }
    return range;
}

void main() {
    uvec4 found = list[gl_WorkGroupID.x];
    uint part = found.x, own = gl_LocalInvocationID.x;
    uvec3 size = found.yzw, cells = cells_of(size);
    uint texels = texels_of(part, cells), count = cells.x * cells.y * cells.z;
    vec2 all = vec2(INFINITY, -INFINITY);
    for (uint n = own; n < count; n += 512u) {
        uvec3 cell = uvec3(n % cells.x, n / cells.x % cells.y, n / cells.x / cells.y) << 3;
        vec2 range = range_of(cell, min(cell + 8u, size), texels, pitch_of(size));
        memory[part + 2u + 2u * n] = floatBitsToUint(range.x);
        memory[part + 3u + 2u * n] = floatBitsToUint(range.y);
        all = vec2(min(all.x, range.x), max(all.y, range.y));
    }
    least[own] = all.x;
    most[own] = all.y;
    for (uint half_way = 256u; half_way > 0u; half_way >>= 1) {
        barrier();
        if (own < half_way) {
            least[own] = min(least[own], least[own + half_way]);
            most[own] = max(most[own], most[own + half_way]);
        }
    }
    if (own == 0u) {
        memory[part] = floatBitsToUint(least[0]);
        memory[part + 1u] = floatBitsToUint(most[0]);
    }
}
