using System.Reflection;
using System.Text;
using System.Text.Json;
using EmbodiedRL.Algorithms.OnPolicy;
using Microsoft.Extensions.Configuration;

namespace EmbodiedRL.Algorithms.Tests.OnPolicy;

public sealed class PpoOptionsTests
{
    private static readonly PpoOptions Changed = new()
    {
        LearningRate = 0.5,
        Anneal = true,
        Horizon = 3,
        Epochs = 4,
        Minibatch = 6,
        Gamma = 0.5f,
        Lambda = 0.25f,
        Clip = 0.125f,
        ValueClip = 0.75f,
        Entropy = 0.5f,
        ValueCoefficient = 2,
        MaxGradientNorm = 3,
        HiddenSizes = [5, 7],
        Features = 32,
        LogStd = 1,
        NormalizeObservations = true,
        NormalizeAdvantages = false,
    };

    [Fact]
    public void Every_key_can_be_set_by_a_settings_file()
    {
        string text = JsonSerializer.Serialize(Changed, JsonSerializerOptions.Web);
        PpoOptions bound = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(text))).Build()
            .Get<PpoOptions>(options => options.ErrorOnUnknownConfiguration = true)!;
        var defaults = new PpoOptions();
        foreach (PropertyInfo property in typeof(PpoOptions).GetProperties())
        {
            Assert.Equal(property.GetValue(Changed), property.GetValue(bound));
            Assert.NotEqual(property.GetValue(defaults), property.GetValue(bound));
        }
    }

    [Fact]
    public void The_defaults_are_valid_and_have_two_layers_of_64()
    {
        var defaults = new PpoOptions();
        defaults.Require("agent");
        Assert.Equal([64, 64], defaults.Layers);
    }
}
