// Draws 16 states of the arm, each with its four balls, into one picture. Needs EGL, no display.
//   dotnet run -c Release examples/render_a_scene.cs [FILE.png]
#:project ../envs/EmbodiedRL.Envs.csproj
#:project ../src/EmbodiedRL.Rendering/EmbodiedRL.Rendering.csproj
#:property PublishAot=false
#:property IncludeProjectNameInArtifactsPaths=true
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Envs;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;

const int count = 16, size = 128;
string path = args is [var file] ? file : "runs/scene.png";
using IVectorEnvironment environment = EnvironmentCatalog.Create("color-reacher", count);
var buffer = new StepBuffer(count, environment.Info);
environment.SampleStates(seed: 1, draw: 0, StateSource.Uniform, buffer); // states to look at; nothing is played

using var renderer = new BatchRenderer(environment.Info.RequiredScene, camera: "corner", size);
byte[] pixels = new byte[count * renderer.FrameBytes];            // [N, H, W, 3]
renderer.Render(buffer.Poses, count, pixels);                     // all at once: tiles of one framebuffer
ImageFile.WritePng(path, FrameGrid.Compose(pixels, count, size, size));
Console.WriteLine($"{path}, drawn by {renderer.Device}");
