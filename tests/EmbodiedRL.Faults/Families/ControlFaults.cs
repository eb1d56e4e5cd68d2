using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Faults.Families;

/// <summary>safetensors files of somebody's own, which no manifest lists: controls that a model is simulated under.</summary>
internal sealed class ControlFaults : FaultFamily
{
    private const int Steps = 20, Controls = 2;

    private static readonly string[] Words = [
        "F64", "F32", "I64", "U8", "\"shape\":[20,2]", "\"shape\":[9223372036854775807,2]", "\"shape\":[-1,2]", "\"shape\":[]",
        "data_offsets", "\"data_offsets\":[0,99999999999]", "\"data_offsets\":[320,0]"
    ];

    public override string Name => "controls";

    public override int Share => 8;

    public override FaultCase Make(int index, ref Rng rng, string folder)
    {
        string model = Path.Combine(AppContext.BaseDirectory, "examples", "models", "pendulum.xml"),
            path = Path.Combine(folder, "controls.safetensors"), into = Path.Combine(folder, "states.safetensors");
        Safetensors.Write(path, [StoredTensor.Of<double>("ctrl", [Steps, Controls], new double[Steps * Controls])]);
        (string name, byte[] content, Expectation expected) = Change(File.ReadAllBytes(path), ref rng);
        File.WriteAllBytes(path, content);
        return new FaultCase(name, ["simulate", model, "--controls", path, "--out", into], expected) { LeavesNothingAt = into };
    }

    private static (string Name, byte[] Content, Expectation Expected) Change(byte[] content, ref Rng rng)
    {
        int header = (int)BitConverter.ToInt64(content);
        switch (rng.Below(6))
        {
            case 0:
                return ("cut off", Damage.Cut(content, ref rng), Expectation.Refused);
            case 1:
                BitConverter.TryWriteBytes(content.AsSpan(8 + header + (8 * rng.Below(Steps * Controls))),
                    rng.Below(2) == 0 ? double.NaN : double.PositiveInfinity);
                return ("NaN", content, Expectation.Refused);
            case 2:
                BitConverter.TryWriteBytes(content, rng.NextBits());
                return ("length of the header", content, Expectation.Refused);
            case 3:
                string words = Encoding.UTF8.GetString(content, 8, header), from = rng.Pick(Words), to = rng.Pick(Words);
                byte[] changed = Encoding.UTF8.GetBytes(words.Replace(from, to, StringComparison.Ordinal));
                return ($"{from} to {to}",
                    [.. BitConverter.GetBytes((long)changed.Length), .. changed, .. content[(8 + header)..]], Expectation.Either);
            case 4:
                return ("flipped bits", Damage.Flip(content, ref rng), Expectation.Either);
            default:
                return ("noise", Damage.Noise(1 + rng.Below(2000), ref rng), Expectation.Refused);
        }
    }
}
