using EmbodiedRL.Core;

namespace EmbodiedRL.Faults.Families;

/// <summary>Parquet files of recorded episodes.</summary>
internal sealed class DemonstrationFaults : FaultFamily
{
    private byte[] _whole = [];
    private string _answer = "";

    public override string Name => "demonstrations";

    public override int Share => 12;

    public override async Task PrepareAsync(string folder, Func<string[], Task<string>> ask)
    {
        string path = Path.Combine(folder, "whole.parquet");
        await ask(["record", "cartpole", "--policy", "random", "--episodes", "2", "--out", path]);
        _whole = await File.ReadAllBytesAsync(path);
        _answer = await ask(["demos", "show", path, "--json"]);
    }

    public override FaultCase Make(int index, ref Rng rng, string folder)
    {
        string path = Path.Combine(folder, "damaged.parquet");
        (string name, byte[] content, Expectation expected) = rng.Below(6) switch
        {
            0 => ("cut off", Damage.Cut(_whole, ref rng), Expectation.Refused),
            1 => ("zeros", Damage.Zero(_whole, ref rng), Expectation.RefusedOrSame),
            2 => ("repeated", Damage.Repeat(_whole, ref rng), Expectation.RefusedOrSame),
            3 => ("noise", Damage.Noise(1 + rng.Below(4000), ref rng), Expectation.Refused),
            4 => ("flipped bit near the end", Tail(ref rng), Expectation.RefusedOrSame),
            _ => ("flipped bits", Damage.Flip(_whole, ref rng), Expectation.RefusedOrSame),
        };
        File.WriteAllBytes(path, content);
        return new FaultCase(name, ["demos", "show", path, "--json"], expected) { Answer = _answer };
    }

    /// <summary>Where the schema, the header and the places of the columns are.</summary>
    private byte[] Tail(ref Rng rng)
    {
        byte[] damaged = [.. _whole];
        damaged[^(1 + rng.Below(Math.Min(8000, damaged.Length - 1)))] ^= (byte)(1 << rng.Below(8));
        return damaged;
    }
}
