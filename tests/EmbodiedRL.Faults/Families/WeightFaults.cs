using EmbodiedRL.Core;
using EmbodiedRL.Training;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Faults.Families;

/// <summary>The shipped image-text model's files, with and without a manifest beside them, scoring a picture.</summary>
internal sealed class WeightFaults : FaultFamily
{
    private const string Model = "scene-clip", Weights = "model.safetensors", Manifest = "manifest.json";

    private static readonly string[] Loaded = [Weights, Weights, Weights, "config.json", "tokenizer.json", "card.json"];

    private string _picture = "";

    public override string Name => "weights";

    public override int Share => 12;

    public override async Task PrepareAsync(string folder, Func<string[], Task<string>> ask)
    {
        _picture = Path.Combine(folder, "pole.png");
        await ask(["render", "cartpole", "--count", "1", "--size", "64", "--effects", "plain", "--out", _picture]);
    }

    public override FaultCase Make(int index, ref Rng rng, string folder)
    {
        string own = Path.Combine(WeightsFolder.Locate(), Model), assets = Path.GetDirectoryName(WeightsFolder.Locate())!;
        string weights = Path.Combine(folder, "weights"), target = Directory.CreateDirectory(Path.Combine(weights, Model)).FullName;
        bool isListed = rng.Below(3) > 0;
        string hit = rng.Pick(Loaded);
        (string name, byte[] content, Expectation expected) = Change(hit, File.ReadAllBytes(Path.Combine(own, hit)), isListed, ref rng);
        foreach (string file in Directory.GetFiles(own))
        {
            string copy = Path.Combine(target, Path.GetFileName(file));
            if (Path.GetFileName(file) == hit) File.WriteAllBytes(copy, content);
            else File.CreateSymbolicLink(copy, file);
        }

        if (isListed) File.CreateSymbolicLink(Path.Combine(folder, Manifest), Path.Combine(assets, Manifest));
        return new FaultCase($"{name} in {hit}, {(isListed ? "listed" : "somebody's own")}",
            ["score", _picture, "--goal", "a pole standing upright on a cart"],
            expected)
        { Weights = weights };
    }

    private static (string Name, byte[] Content, Expectation Expected) Change(string file, byte[] content, bool isListed, ref Rng rng)
    {
        Expectation seen = isListed ? Expectation.Refused : Expectation.Either;
        switch (rng.Below(5))
        {
            case 0:
                return ("cut off", Damage.Cut(content, ref rng), isListed || file == Weights ? Expectation.Refused : Expectation.Either);
            case 1 when file == Weights:
                long first = 8 + BitConverter.ToInt64(content);
                long place = first + (4L * rng.Below((int)((content.Length - first) / 4)));
                BitConverter.TryWriteBytes(content.AsSpan((int)place), rng.Below(2) == 0 ? float.NaN : float.NegativeInfinity);
                return ("NaN", content, Expectation.Refused);
            case 2 when file == Weights:
                byte[] damaged = [.. content];
                damaged[rng.Below(12_000)] ^= (byte)(1 << rng.Below(8));
                return ("flipped bit of the header", damaged, seen);
            case 3:
                byte[] zeroed = Damage.Zero(content, ref rng);
                return ("zeros", zeroed, zeroed.AsSpan().SequenceEqual(content) ? Expectation.Either : seen);
            default:
                byte[] flipped = Damage.Flip(content, ref rng, 1);
                return ("flipped bit", flipped, seen);
        }
    }
}
