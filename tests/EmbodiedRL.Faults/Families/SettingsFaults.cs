using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmbodiedRL.Core;
using EmbodiedRL.Training;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Faults.Families;

/// <summary>Settings files: every key written out, one of them changed; or the text itself damaged.</summary>
internal sealed class SettingsFaults : FaultFamily
{
    private static readonly string[] Numbers =
    [
        "0", "-1", "-0.5", "0.5", "1e-300", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "1e9", "1e30", "3.5e38", "1e300", "-1e300", "100000", "1e400",
    ];

    private static readonly string[] OfNoSetting = ["1e300", "-1e300", "1e400"];

    // What training alone reads; the rest is read by whoever describes the environment.
    private static readonly string[] OfTraining = ["agent", "reward", "goal", "checkpoint", "record", "evaluate"];

    private static readonly string[] Bases = ["pendulum", "leg", "gripper"];

    public override string Name => "settings";

    public override int Share => 24;

    public override async Task PrepareAsync(string folder, Func<string[], Task<string>> ask)
    {
        foreach (string name in Bases)
            await ask(["envs", "describe", "--settings", Path.Combine(AppContext.BaseDirectory, "examples", "settings", $"{name}.json")]);
    }

    public override FaultCase Make(int index, ref Rng rng, string folder)
    {
        string from = Path.Combine(AppContext.BaseDirectory, "examples", "settings"), path = Path.Combine(folder, "run.json");
        RunSettings whole =
            SettingsReader.Read(new SettingsSources { File = Path.Combine(from, $"{rng.Pick(Bases)}.json") }, RunServices.Shipped);
        whole = whole with
        {
            Env = whole.Env with
            {
                Count = 2,
                Workers = 1,
                Mjcf = whole.Env.Mjcf! with { File = Path.GetFullPath(Path.Combine(from, whole.Env.Mjcf.File)) }
            },
            Threads = 1
        };
        JsonNode root = JsonNode.Parse(SettingsFile.Json(whole))!;
        (string name, string text, Expectation expected, string place) = Change(root, ref rng);
        byte[] content = Encoding.UTF8.GetBytes(text);
        if (name == "mark") content = [.. Encoding.UTF8.GetPreamble(), .. content];
        File.WriteAllBytes(path, content);

        bool trains = OfTraining.Contains(place) && rng.Below(3) == 0 && expected != Expectation.Accepted;
        string run = Path.Combine(folder, "run");
        return trains
            ? new FaultCase($"{name} in {place}",
                [
                    "train", "--settings", path, "--agent:steps", "128", "--agent:horizon", "32", "--agent:minibatch", "32",
                    "--evaluate:episodes", "1", "--env:mjcf:episodeSteps", "20", "--out", run
                ],
                Expectation.Either)
            { LeavesNothingAt = run }
            : new FaultCase($"{name} in {place}", ["envs", "describe", "--settings", path], expected);
    }

    private static (string Name, string Text, Expectation Expected, string Place) Change(JsonNode root, ref Rng rng)
    {
        List<(JsonNode Parent, string Key)> leaves = [.. Leaves(root)];
        (JsonNode parent, string key) = rng.Pick(leaves);
        string place = Top(parent, key);
        string Written(JsonNode? value)
        {
            Set(parent, key, value);
            return root.ToJsonString();
        }

        JsonNode? old = Get(parent, key);
        bool isNumber = old?.GetValueKind() == JsonValueKind.Number, isText = old?.GetValueKind() == JsonValueKind.String;
        switch (rng.Below(12))
        {
            case 0 or 1 or 2 when isNumber:
                string number = rng.Pick(Numbers);
                return ($"number {number}", Written("@").Replace("\"@\"", number, StringComparison.Ordinal),
                    OfNoSetting.Contains(number) ? Expectation.Refused : Expectation.Either, place);
            case 3:
                return ("other type", Written(isNumber ? "many" : isText ? 5 : "perhaps"), Expectation.Refused, place);
            case 4:
                return ("object", Written(new JsonObject { ["deep"] = 1 }), Expectation.Refused, place);
            case 5:
                JsonObject[] objects = [.. Objects(root).Where(one => !IsMap(one))];
                JsonObject chosen = rng.Pick(objects);
                chosen["unknown" + rng.Below(100)] = 1;
                return ("unknown key", root.ToJsonString(), Expectation.Refused, place);
            case 6:
                string text = root.ToJsonString();
                return ("cut off", text[..(1 + rng.Below(text.Length - 1))], Expectation.Refused, place);
            case 7:
                return ("flipped bits",
                    Encoding.Latin1.GetString(Damage.Flip(Encoding.Latin1.GetBytes(root.ToJsonString()), ref rng, 3)),
                    Expectation.Either, place);
            case 8:
                JsonArray[] lists = [.. Arrays(root).Where(list => list.Count > 0)];
                JsonArray list = rng.Pick(lists);
                JsonNode item = list[0]!.DeepClone();
                for (int i = 0; i < 20_000; i++) list.Add(item.DeepClone());
                return ("20,000 elements", root.ToJsonString(), Expectation.Refused, place);
            case 9:
                return ("nested",
                    Written("@").Replace("\"@\"", new string('[', 100_000) + new string(']', 100_000), StringComparison.Ordinal),
                    Expectation.Refused, place);
            case 10 when isText:
                return ("a million letters", Written(new string('a', 1_000_000)), Expectation.Refused, place);
            case 11:
                return ("mark", root.ToJsonString(), Expectation.Accepted, "all");
            default:
                return ("null", Written(null), isNumber ? Expectation.Refused : Expectation.Either, place);
        }
    }

    private static bool IsMap(JsonObject one) => one.Parent is JsonObject && one.GetPropertyName() == "args";

    private static IEnumerable<(JsonNode Parent, string Key)> Leaves(JsonNode node) => node switch
    {
        JsonObject members =>
            members.SelectMany(member => member.Value is JsonObject or JsonArray ? Leaves(member.Value) : [(node, member.Key)]),
        JsonArray items => items.SelectMany((item, i) => item is JsonObject or JsonArray ? Leaves(item) : [(node, $"{i}")]),
        _ => [],
    };

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Objects(member.Value)).Prepend(members),
        JsonArray items => items.SelectMany(Objects),
        _ => [],
    };

    private static IEnumerable<JsonArray> Arrays(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Arrays(member.Value)),
        JsonArray items => items.SelectMany(Arrays).Prepend(items),
        _ => [],
    };

    private static JsonNode? Get(JsonNode parent, string key) =>
        parent is JsonArray list ? list[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)] : parent[key];

    private static void Set(JsonNode parent, string key, JsonNode? value)
    {
        if (parent is JsonArray list) list[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)] = value;
        else parent[key] = value;
    }

    private static string Top(JsonNode parent, string key)
    {
        string path = parent.GetPath();
        return path == "$" ? key : path[2..].Split('.', '[')[0];
    }
}
