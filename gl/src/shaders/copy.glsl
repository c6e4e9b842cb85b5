// Copies words, four at a time: what the device's memory gives at best.
layout(local_size_x = 256) in;
layout(std430, binding = 0) readonly restrict buffer From { uvec4 from[]; };
layout(std430, binding = 1) writeonly restrict buffer To { uvec4 to[]; };

void main() {
    uint stride = gl_NumWorkGroups.x * 256u;
    uint end = uint(from.length());
    for (uint i = gl_GlobalInvocationID.x; i < end; i += stride) to[i] = from[i];
}
