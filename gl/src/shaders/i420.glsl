// The picture as I420, BT.709 limited range, in the fixed point of the CPU renderer: one invocation
// makes four bytes, whatever plane they lie in. 0, 1: width, height; 2: groups in a row.
layout(std430, binding = 2) writeonly restrict buffer Output { uint planes[]; };

const ivec3 Y = ivec3(11966, 40255, 4064);
const ivec3 U = ivec3(-6596, -22188, 28784);
const ivec3 V = ivec3(28784, -26145, -2639);

int weighed(ivec3 k, ivec3 c) { return k.r * c.r + k.g * c.g + k.b * c.b; }

ivec3 color(uint x, uint y) {
    return ivec3(channels(pixel_at(ivec2(min(x, param(0u) - 1u), min(y, param(1u) - 1u)))));
}

uint byte_at(uint at) {
    uint width = param(0u), height = param(1u);
    uint luma = width * height;
    if (at < luma) {
        return uint((weighed(Y, color(at % width, at / width)) + (16 << 16) + (1 << 15)) >> 16);
    }
    uint across = (width + 1u) / 2u, size = across * ((height + 1u) / 2u);
    bool is_v = at - luma >= size;
    uint chroma = at - luma - (is_v ? size : 0u);
    if (chroma >= size) return 0u;
    uint x = chroma % across * 2u, y = chroma / across * 2u;
    ivec3 sum = color(x, y) + color(x + 1u, y) + color(x, y + 1u) + color(x + 1u, y + 1u);
    return uint((weighed(is_v ? V : U, sum) + (128 << 18) + (1 << 17)) >> 18);
}

void main() {
    uint line = gl_GlobalInvocationID.y * param(2u) * 16u;
    uint word = line + gl_GlobalInvocationID.x;
    if (word >= uint(planes.length())) return;
    uint at = word * 4u;
    planes[word] = byte_at(at) | byte_at(at + 1u) << 8 | byte_at(at + 2u) << 16 | byte_at(at + 3u) << 24;
}
