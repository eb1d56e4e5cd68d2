using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EmbodiedRL.Core;

namespace EmbodiedRL.Faults.Families;

/// <summary>MJCF files, described as an environment.</summary>
internal sealed partial class ModelFaults : FaultFamily
{
    private static readonly string[] Numbers = [
        "NaN", "nan", "inf", "-inf", "1e308", "-1e308", "1e30", "1e-30", "0", "-1", "2147483648", "99999999999999999999", "0x10", "",
        "1 2 3 4 5 6 7 8 9 10 11 12 13"
    ];

    private static readonly (string Model, string Camera)[] Bases = [("pendulum.xml", ""), ("leg.xml", "side"), ("gripper.xml", "front")];

    public override string Name => "models";

    public override int Share => 18;

    public override async Task PrepareAsync(string folder, Func<string[], Task<string>> ask)
    {
        foreach ((string model, string camera) in Bases)
            await ask([
                "envs",
                "describe",
                "--settings",
                Settings(folder, Path.Combine(AppContext.BaseDirectory, "examples", "models", model), camera)
            ]);
    }

    public override FaultCase Make(int index, ref Rng rng, string folder)
    {
        (string model, string camera) = rng.Pick(Bases);
        string from = Path.Combine(AppContext.BaseDirectory, "examples", "models", model);
        (string name, byte[] content, Expectation expected) = Change(File.ReadAllBytes(from), ref rng);
        File.WriteAllBytes(Path.Combine(folder, "body.xml"), content);
        return new FaultCase($"{name} in {Path.GetFileName(from)}",
            ["envs", "describe", "--settings", Settings(folder, "body.xml", camera)], expected);
    }

    private static string Settings(string folder, string model, string camera)
    {
        string path = Path.Combine(folder, "body.json");
        File.WriteAllText(path, $$"""{ "env": { "mjcf": { "file": "{{model}}", "camera": "{{camera}}" } } }""");
        return path;
    }

    private static (string Name, byte[] Content, Expectation Expected) Change(byte[] content, ref Rng rng)
    {
        string text = Encoding.UTF8.GetString(content);
        switch (rng.Below(9))
        {
            case 0:
                return ("cut off",
                    content[..(1 + rng.Below(text.LastIndexOf("</mujoco>", StringComparison.Ordinal)))], Expectation.Refused);
            case 1 or 2:
                MatchCollection numbers = Number().Matches(text);
                Match hit = numbers[rng.Below(numbers.Count)];
                string number = rng.Pick(Numbers);
                return ($"number {number} at {hit.Index}",
                    Encoding.UTF8.GetBytes(text[..hit.Index] + number + text[(hit.Index + hit.Length)..]),
                    number is "NaN" or "nan" ? Expectation.Refused : Expectation.Either);
            case 3:
                return ("flipped bits", Damage.Flip(content, ref rng, 4), Expectation.Either);
            case 4:
                MatchCollection elements = Element().Matches(text);
                Match gone = elements[rng.Below(elements.Count)];
                return ("element gone", Encoding.UTF8.GetBytes(text.Remove(gone.Index, gone.Length)), Expectation.Either);
            case 5:
                MatchCollection doubled = Element().Matches(text);
                Match twice = doubled[rng.Below(doubled.Count)];
                return ("element twice", Encoding.UTF8.GetBytes(text.Insert(twice.Index, twice.Value)), Expectation.Either);
            case 6:
                int depth = 10 + rng.Below(20_000);
                string nest = string.Concat(Enumerable.Repeat("<body>", depth)) + string.Concat(Enumerable.Repeat("</body>", depth));
                return (string.Create(CultureInfo.InvariantCulture, $"{depth} bodies deep"),
                    Encoding.UTF8.GetBytes(text.Replace("</worldbody>", nest + "</worldbody>", StringComparison.Ordinal)),
                    Expectation.Either);
            case 7:
                return ("unknown attribute",
                    Encoding.UTF8.GetBytes(text.Replace("<geom ", "<geom nonsense=\"1\" ", StringComparison.Ordinal)), Expectation.Refused);
            default:
                return ("noise", Damage.Noise(1 + rng.Below(4096), ref rng), Expectation.Refused);
        }
    }

    [GeneratedRegex(@"(?<=[""\s])-?\d+(\.\d+)?(?=[""\s])")]
    private static partial Regex Number();

    [GeneratedRegex("<[a-z][^<>]*/>")]
    private static partial Regex Element();
}
