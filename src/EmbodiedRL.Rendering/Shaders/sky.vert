out vec3 sky;

void main() {
    View seen = view();
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    sky = corner.y > 0.0 ? seen.skyTop.rgb : seen.skyBottom.rgb;
    gl_Position = place(corner, 1.0, 1.0);
}
