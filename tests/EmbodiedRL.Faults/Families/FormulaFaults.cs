using System.Text;
using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Faults.Families;

/// <summary>Formulas of an environment, and reward programs: made up, damaged, and meant to do harm.</summary>
internal sealed class FormulaFaults : FaultFamily
{
    private static readonly string[] Fields = [
        "sensor_bob[2]", "sensor_bob[0]", "push_x", "push_y", "sensor_turning[1]", "0.5", "2", "1e-3", "Math.PI"
    ];
    private static readonly string[] Unary = ["Math.Abs", "Math.Cos", "Math.Sqrt", "Math.Tanh", "Math.Exp", "Math.Floor", "-"];
    private static readonly string[] Binary = [" + ", " - ", " * ", " / ", " % "];
    private static readonly string[] Letters = [
        "(", ")", "+", "*", "/", "?", ":", ";", "{", "}", "\"", "'", "\\", "#", "@", "$", "//", "/*", "\n", "\0", "x", "é", "\ud83d\ude00",
        "0x", "1e999", "1__0", "=>", "is", "new ", "typeof(int)", "ref ", "&&", "!", "~", "[", "]", "[99]", "[-1]", "1f", "1m",
        "nameof(x)", "await "
    ];

    private static readonly (string Name, string Text, Expectation Expected)[] Known =
    [
        ("Clamp the wrong way round", "Math.Clamp(push_x, 2, 0)", Expectation.Refused),
        ("half a million parentheses", new string('(', 500_000) + "1" + new string(')', 500_000), Expectation.Refused),
        ("5,000 parentheses", new string('(', 5_000) + "1" + new string(')', 5_000), Expectation.Refused),
        ("150 parentheses", new string('(', 150) + "1" + new string(')', 150), Expectation.Accepted),
        ("only openings", new string('(', 15_000), Expectation.Refused),
        ("15,000 signs", string.Concat(Enumerable.Repeat("- ", 7_500)) + "1", Expectation.Refused),
        ("a long sum", "1" + string.Concat(Enumerable.Repeat("+1", 9_000)), Expectation.Refused),
        ("nested choices", string.Concat(Enumerable.Repeat("push_x>0?1:", 1_500)) + "1", Expectation.Refused),
        ("nested calls", string.Concat(Enumerable.Repeat("Math.Max(1,", 1_500)) + "1" + new string(')', 1_500), Expectation.Refused),
        ("a file", "System.IO.File.ReadAllText(\"/etc/passwd\").Length", Expectation.Refused),
        ("a lambda", "((Func<double>)(() => 1))()", Expectation.Refused),
        ("an assignment", "push_x = 1", Expectation.Refused),
        ("two formulas", "1; 2", Expectation.Refused),
        ("the end of the method", "1); } public static void Other() { int x = (1", Expectation.Refused),
        ("a directive", "#if true\n1\n#endif", Expectation.Refused),
        ("a quotient by zero", "1 / 0", Expectation.Either),
        ("a long name", new string('a', 15_000), Expectation.Refused),
        ("a long number", new string('1', 15_000), Expectation.Either),
        ("white space", "  \n\t ", Expectation.Refused),
        ("a comment alone", "/* nothing */", Expectation.Refused),
        ("a comment that is open", "1 /* ", Expectation.Refused),
    ];

    public override string Name => "formulas";

    public override int Share => 10;

    public override async Task PrepareAsync(string folder, Func<string[], Task<string>> ask)
    {
        string settings = Path.Combine(folder, "whole.json");
        Write(settings, Path.Combine(AppContext.BaseDirectory, "examples", "models", "pendulum.xml"), "Math.Abs(sensor_bob[2]) - push_x",
            """{ "name": "task", "source": "task" }""");
        await ask(["train", "--settings", settings, "--out", Path.Combine(folder, "run")]);
    }

    public override FaultCase Make(int index, ref Rng rng, string folder)
    {
        (string name, string formula, Expectation expected) = index < Known.Length ? Known[index] : Made(ref rng);
        string model = Path.Combine(AppContext.BaseDirectory, "examples", "models", "pendulum.xml"),
            settings = Path.Combine(folder, "run.json"), run = Path.Combine(folder, "run");
        if (index % 5 != 4)
        {
            Write(settings, model, formula, """{ "name": "task", "source": "task" }""");
            return new FaultCase(name, ["envs", "describe", "--settings", settings], expected);
        }

        File.WriteAllText(Path.Combine(folder, "program.cs"), formula,
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: rng.Below(2) == 0));
        Write(settings, model, "1", """{ "name": "own", "source": "program", "file": "program.cs" }""");
        return new FaultCase($"{name} as a program", ["train", "--settings", settings, "--out", run], expected)
        {
            LeavesNothingAt = expected == Expectation.Refused ? run : null
        };
    }

    private static void Write(string path, string model, string formula, string term) => File.WriteAllText(path, $$"""
        {
          "env": {
            "mjcf": { "file": {{JsonSerializer.Serialize(model)}}, "episodeSteps": 20, "reward": {{JsonSerializer.Serialize(formula)}} },
            "count": 2
          },
          "reward": { "terms": [ {{term}} ] },
          "agent": { "steps": 64, "horizon": 32, "minibatch": 32 },
          "evaluate": { "episodes": 1 },
          "threads": 1
        }
        """);

    private static (string Name, string Text, Expectation Expected) Made(ref Rng rng)
    {
        string good = Expression(ref rng, 1 + rng.Below(5));
        switch (rng.Below(4))
        {
            case 0:
                return ("made up", good, Expectation.Either);
            case 1:
                int cut = 1 + rng.Below(good.Length);
                return ("cut off", good[..cut], Expectation.Either);
            default:
                var damaged = new StringBuilder(good);
                for (int left = 1 + rng.Below(4); left > 0; left--) damaged.Insert(rng.Below(damaged.Length), rng.Pick(Letters));
                return ("damaged", damaged.ToString(), Expectation.Either);
        }
    }

    private static string Expression(ref Rng rng, int depth)
    {
        if (depth == 0) return rng.Pick(Fields);
        switch (rng.Below(4))
        {
            case 0:
                return $"{rng.Pick(Unary)}({Expression(ref rng, depth - 1)})";
            case 1:
                return $"Math.Clamp({Expression(ref rng, depth - 1)}, {Expression(ref rng, depth - 1)}, {Expression(ref rng, depth - 1)})";
            case 2:
                return $"({Expression(ref rng, depth - 1)} > {Expression(ref rng, depth - 1)} ? {Expression(ref rng, depth - 1)} : "
                    + $"{Expression(ref rng, depth - 1)})";
            default:
                return $"({Expression(ref rng, depth - 1)}{rng.Pick(Binary)}{Expression(ref rng, depth - 1)})";
        }
    }
}
