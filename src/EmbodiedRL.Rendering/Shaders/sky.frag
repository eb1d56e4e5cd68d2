in vec3 sky;
out vec4 pixel;

void main() { pixel = vec4(sky, 1.0); }
