using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Language.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

/// <summary>Completions that share a row with their prompt read as each alone does, and send back the same gradient.</summary>
public sealed class CompletionReaderTests
{
    [Fact]
    public void Completions_that_share_a_prompt_read_as_each_alone()
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(DecoderSettings.Small(16, 64, 2, 2, 16) with { InitialScale = 0.3 },
            new CountingTokenizer(), [15], seed: 3);
        Question[] questions = [new("1 2 3 4 5 6 7", "", AnswerForm.Text), new("8 9", "", AnswerForm.Text)];
        var rng = Rng.For(5, "rows");
        CompletionRow[] rows = [.. Enumerable.Range(0, 10).Select(i => new CompletionRow(questions[i < 6 ? 0 : 1],
            [.. Enumerable.Range(0, 1 + (i % 4)).Select(_ => rng.Below(15))], 1) { Sampled = [] })];
        (float[] together, float[][] slopes) = Read(rows);
        float[][] alone = [.. rows.Select(row => Read([row]).Log)];
        for (int row = 0; row < rows.Length; row++)
            for (int i = 0; i < rows[row].Tokens.Length; i++) Assert.Equal(alone[row][i], together[(row * 4) + i], 1e-5f);
        Assert.Contains(together, value => value < -0.5f);

        // the gradient of the sum is the sum of the gradients
        float[][] sums = [.. slopes.Select(slope => new float[slope.Length])];
        foreach (CompletionRow row in rows)
            foreach ((float[] sum, float[] slope) in sums.Zip(Read([row]).Slopes))
                for (int i = 0; i < sum.Length; i++) sum[i] += slope[i];
        foreach ((float[] sum, float[] slope) in sums.Zip(slopes))
            for (int i = 0; i < sum.Length; i++) Assert.Equal(sum[i], slope[i], 1e-3f * Math.Max(1, Math.Abs(sum[i])));

        (float[] Log, float[][] Slopes) Read(CompletionRow[] some)
        {
            using DisposeScope scope = NewDisposeScope();
            model.Module.zero_grad();
            using var reader = new CompletionReader(model, temperature: 0.7);
            Tensor log = reader.Read(some).LogProbabilities;
            log.sum().backward();
            return (log.detach().contiguous().data<float>().ToArray(),
                [.. model.Module.parameters().Select(weight => weight.grad!.contiguous().data<float>().ToArray())]);
        }
    }

    /// <summary>Of images, too: with one gradient step a batch no log-probability is read twice, so the two must be the same.</summary>
    [Fact]
    public void What_was_sampled_reads_with_the_probabilities_it_was_sampled_with()
    {
        using var model = SceneReasoner.Load(Path.Combine(Fixtures.RepositoryRoot, "assets", "weights", SceneReasoner.CatalogName));
        var rng = Rng.For(4, "images");
        string[] asked = ["Where is the red box?", "How many things are there?", "What color is the largest thing?"];
        Question[] questions = [.. asked.Select(prompt => new Question(prompt, "", AnswerForm.Text) { Images = [Noise(ref rng)] })];
        EncodedPrompt[] prompts = [.. questions.Select(model.Encode)];
        Completions found = new TextGenerator(model).Generate(prompts, 4, new SamplingSettings { MaximumTokens = 60, Temperature = 1 }, 9);
        CompletionRow[] rows = [.. found.Tokens.Select((tokens, i) => new CompletionRow(questions[i / 4], tokens, 1)
        {
            Sampled = found.LogProbabilities[i],
        })];
        using (var reader = new CompletionReader(model, temperature: 1))
            reader.ReadPlain(rows, rows.Length, (row, read) =>
            {
                for (int i = 0; i < read.Length; i++) Assert.Equal(row.Sampled[i], read[i], 2e-3f);
            });
        foreach (EncodedPrompt prompt in prompts) prompt.Dispose();

        static RgbImage Noise(ref Rng rng)
        {
            byte[] pixels = new byte[64 * 64 * 3];
            for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)rng.Below(256);
            return new RgbImage(pixels, 64, 64);
        }
    }

    /// <summary>Segments are for whole rows: beside a cache, or without positions, they would be read wrongly.</summary>
    [Fact]
    public void Segments_without_positions_are_refused()
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(DecoderSettings.Small(16, 64, 1, 1, 16), new CountingTokenizer(), [15],
            seed: 3);
        using DisposeScope scope = NewDisposeScope();
        using var input = new ModelInput(zeros(1, 3, ScalarType.Int64), ones(1, 3, ScalarType.Bool))
        {
            Segments = zeros(1, 3, ScalarType.Int64),
        };
        Assert.Throws<SpecMismatchException>(() => model.Hidden(input));
    }

    /// <summary>Numbers parted by blanks are their own tokens.</summary>
    private sealed class CountingTokenizer : Models.Tokenizers.ITextTokenizer
    {
        public int VocabularySize => 16;

        public int PaddingId => 0;

        public int? ContextLength => null;

        public int[] Encode(string text, int maximumLength = int.MaxValue) => [.. text.Split(' ').Select(int.Parse)];

        public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true) => string.Join(' ', ids.ToArray());
    }
}
