// Writes the layout of a MuJoCo version from its C headers:
//   dotnet run src/EmbodiedRL.Simulation/Layout/generate.cs -- INCLUDE_FOLDER > src/EmbodiedRL.Simulation/Layout/mujoco-X.Y.Z.layout
#:project ../EmbodiedRL.Simulation.csproj
#:property PublishAot=false
#:property IncludeProjectNameInArtifactsPaths=true
#:property NoWarn=$(NoWarn);RS0030
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

try
{
    CHeader.Read(args is [var folder] ? folder : ".").Write(Console.Out);
    return 0;
}
catch (EmbodiedException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
