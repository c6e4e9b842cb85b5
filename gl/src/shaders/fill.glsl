// The background. 0: colour.
void main() { put_pixel(ivec2(gl_GlobalInvocationID.xy), param(0u)); }
