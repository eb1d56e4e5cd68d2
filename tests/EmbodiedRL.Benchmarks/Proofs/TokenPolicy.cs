using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>A small language model that imitates, answers and gives batches to completion algorithms. Owns the model.</summary>
/// <param name="model">Owned.</param>
/// <param name="tokens">The most of an answer, with the one that ends it.</param>
/// <param name="seed">Of what is drawn.</param>
internal sealed class TokenPolicy(ILanguageModel model, int tokens, ulong seed) : IDisposable
{
    private readonly TextGenerator _generator = new(model);
    private long _prompts, _rows;

    public ILanguageModel Model => model;

    /// <summary>A decoder of one layer that reads and writes a few words.</summary>
    public static TokenPolicy OfWords(IReadOnlyList<string> words, int tokens, ulong seed, int context = 32, int layers = 1)
    {
        var tokenizer = new WordTokenizer(words);
        return new TokenPolicy(CausalLanguageModel.Create(
            DecoderSettings.Small(tokenizer.VocabularySize, 32, layers, 1, context) with { InitialScale = 0.1 }, tokenizer,
            [WordTokenizer.End], seed), tokens, seed);
    }

    /// <summary>G completions of each question.</summary>
    public CompletionBatch Sample(IReadOnlyList<Question> questions, int group)
    {
        Completions found = Generate(questions, group, new SamplingSettings { MaximumTokens = tokens });
        _rows += found.Texts.Count;
        return new CompletionBatch([.. questions.Select(question => question.Prompt)], group, found.Texts, _rows - found.Texts.Count)
        {
            Questions = questions,
            Images = [.. questions.Select(question => question.Images)],
            References = [.. questions.Select(question => question.Reference)],
            Tokens = found.Tokens,
            LogProbabilities = found.LogProbabilities,
            Truncated = found.Truncated,
        };
    }

    /// <summary>[B], likeliest words.</summary>
    public IReadOnlyList<string> Answer(IReadOnlyList<Question> questions) =>
        Generate(questions, 1, new SamplingSettings { MaximumTokens = tokens, Greedy = true }).Texts;

    /// <summary>Learns by cross-entropy to answer with the worked answers of questions.</summary>
    /// <param name="steps">Of Adam.</param>
    /// <param name="rate">Its learning rate.</param>
    /// <param name="draw">Questions of a step.</param>
    public void Imitate(int steps, double rate, Func<int, IReadOnlyList<Question>> draw)
    {
        var weights = new TrainedWeights(model.Module.named_parameters().Select(pair => (pair.name, pair.parameter)));
        using var adam = new Adam(weights.Values, weights.Gradients, new AdamSettings(), null);
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            weights.ZeroGradients();
            CrossEntropy(draw(step)).backward();
            weights.Gather();
            adam.Step(rate, 1);
            weights.Scatter();
        }

        weights.Dispose();
    }

    /// <summary>Mean -log p over the tokens of worked answers and their ends; owned by the caller's dispose scope.</summary>
    public Tensor CrossEntropy(IReadOnlyList<Question> questions)
    {
        using DisposeScope scope = NewDisposeScope();
        return LogProbabilities(questions, [.. questions.Select(question => Ended(question.WorkedAnswer!))]).mean().neg()
            .MoveToOuterDisposeScope();
    }

    /// <summary>Tokens of an answer with the one that ends it.</summary>
    public int[] Ended(string answer) => [.. model.Tokenizer.Encode(answer), model.Spec.EndIds[0]];

    /// <summary>[N], log-probabilities of the tokens of answers, row after row; owned by the caller's dispose scope.</summary>
    public Tensor LogProbabilities(IReadOnlyList<Question> questions, IReadOnlyList<int[]> answers)
    {
        using DisposeScope scope = NewDisposeScope();
        EncodedPrompt[] prompts = [.. questions.Select(model.Encode)];
        try
        {
            int[][] rows = [.. prompts.Select((prompt, i) => prompt.Ids.Concat(answers[i]).ToArray())];
            using PreparedImages? images = PreparedImages.Join([.. prompts.Select(prompt => prompt.Images).OfType<PreparedImages>()]);
            using ModelInput padded = ModelInput.PadLeft(rows, model.Spec.PaddingId);
            int width = (int)padded.Ids.shape[1];
            bool[] chosen = new bool[rows.Length * width];
            for (int row = 0; row < rows.Length; row++)
                chosen.AsSpan(((row + 1) * width) - answers[row].Length, answers[row].Length).Fill(true);
            using var input = new ModelInput(padded.Ids.alias(), padded.Mask.alias()) { Images = images };
            return TokenLikelihood.OfRows(model, input, tensor(chosen, rows.Length, width)).LogProbabilities.MoveToOuterDisposeScope();
        }
        finally
        {
            foreach (EncodedPrompt prompt in prompts) prompt.Dispose();
        }
    }

    public void Dispose() => model.Dispose();

    private Completions Generate(IReadOnlyList<Question> questions, int group, SamplingSettings settings)
    {
        EncodedPrompt[] prompts = [.. questions.Select(model.Encode)];
        try
        {
            long first = _prompts;
            _prompts += questions.Count;
            return _generator.Generate(prompts, group, settings, seed, [.. Enumerable.Range(0, questions.Count).Select(i => first + i)]);
        }
        finally
        {
            foreach (EncodedPrompt prompt in prompts) prompt.Dispose();
        }
    }
}
