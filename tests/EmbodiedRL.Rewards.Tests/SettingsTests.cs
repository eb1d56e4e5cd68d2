using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace EmbodiedRL.Rewards.Tests;

public sealed class SettingsTests
{
    private const string Text = """
        {
          "combine": "sum",
          "terms": [
            {
              "name": "vlm", "source": "goal-baseline", "model": "other", "alpha": 0.25, "prompts": ["a", "b"], "baselines": ["c"],
              "transforms": ["standardize", { "name": "clip", "args": { "minimum": -2, "maximum": 3 } }], "weight": 0.1
            },
            { "name": "alive", "source": "program", "file": "alive.reward.cs" }
          ]
        }
        """;

    [Fact]
    public void A_configuration_binds_every_key_and_refuses_others()
    {
        RewardStackSettings settings = Bind(Text)!;
        RewardTermSettings vlm = settings.Terms[0], alive = settings.Terms[1];
        Assert.Equal(("vlm", "goal-baseline", "other", 0.25f, 0.1f), (vlm.Name, vlm.Source, vlm.Model, vlm.Alpha, vlm.Weight));
        Assert.Equal(["a", "b"], vlm.Prompts);
        Assert.Equal(["c"], vlm.Baselines);
        Assert.Equal(["standardize", "clip"], vlm.Transforms.Select(transform => transform.Name));
        Assert.Equal((-2f, 3f), (vlm.Transforms[1].Args["minimum"], vlm.Transforms[1].Args["maximum"]));
        Assert.Equal(("alive.reward.cs", 1f), (alive.File, alive.Weight));
        Assert.Throws<InvalidOperationException>(() => Bind(Text.Replace("\"alpha\"", "\"alhpa\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_saved_binds_to_the_same_again()
    {
        var options = JsonSerializerOptions.Web;
        string saved = JsonSerializer.Serialize(Bind(Text), options);
        Assert.Equal(saved, JsonSerializer.Serialize(Bind(saved), options));
        Assert.Equal(saved, JsonSerializer.Serialize(JsonSerializer.Deserialize<RewardStackSettings>(Text, options), options));
    }

    private static RewardStackSettings? Bind(string text) => new ConfigurationBuilder()
        .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(text))).Build()
        .Get<RewardStackSettings>(options => options.ErrorOnUnknownConfiguration = true);
}
