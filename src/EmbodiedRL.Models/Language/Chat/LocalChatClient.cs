using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language.Generation;
using Microsoft.Extensions.AI;

namespace EmbodiedRL.Models.Language.Chat;

/// <summary>Chat client of a language model in this process.</summary>
/// <remarks>
/// Temperature 0 takes the likeliest tokens; no seed draws anew at each call. Requests wait for each other, as a model reads one at a time.
/// Tools are not supported.
/// </remarks>
/// <param name="model">Borrowed, unless the client is asked to own it.</param>
/// <param name="settings">What requests that say nothing get; the defaults if null.</param>
/// <param name="readImage">Decodes the bytes of an image of a message; null where there are none.</param>
/// <param name="seed">Of calls without a seed of their own.</param>
/// <param name="ownsModel">Whether the client disposes the model.</param>
public sealed class LocalChatClient(IChatLanguageModel model, SamplingSettings? settings = null,
    Func<ReadOnlyMemory<byte>, RgbImage>? readImage = null, ulong seed = 0, bool ownsModel = false) : IChatClient
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ChatClientMetadata _metadata = new("embodied", defaultModelId: model.Spec.Name);
    private long _calls;

    /// <inheritdoc/>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        Request request = Prepare(messages, options);
        Completions found = await RunAsync(request, null, cancellationToken).ConfigureAwait(false);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, found.Texts[0]) { MessageId = request.Id })
        {
            ResponseId = request.Id,
            ModelId = model.Spec.Name,
            FinishReason = ReasonOf(found),
            Usage = UsageOf(found),
        };
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
        ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Request request = Prepare(messages, options);
        var channel = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var text = new GrowingText(model, request.Settings.Stops);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Completions> run = Task.Run(async () =>
        {
            try
            {
                return await RunAsync(request, token =>
                {
                    if (text.Add(token) is { Length: > 0 } more) channel.Writer.TryWrite(more);
                }, leaving.Token).ConfigureAwait(false);
            }
            finally
            {
                channel.Writer.Complete();
            }
        }, CancellationToken.None);
        ChatResponseUpdate Update(params AIContent[] contents) => new(ChatRole.Assistant, [.. contents])
        {
            ResponseId = request.Id,
            MessageId = request.Id,
            ModelId = model.Spec.Name,
        };
        try
        {
            await foreach (string more in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return Update(new TextContent(more));
            Completions found = await run.ConfigureAwait(false);
            if (found.Texts[0].Length > text.Length) yield return Update(new TextContent(found.Texts[0][text.Length..]));
            ChatResponseUpdate last = Update(new UsageContent(UsageOf(found)));
            last.FinishReason = ReasonOf(found);
            yield return last;
        }
        finally
        {
            // whoever stops reading ends the generation
            await leaving.CancelAsync().ConfigureAwait(false);
            await run.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)
                .ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : serviceType.IsInstanceOfType(model) ? model
        : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _turn.Dispose();
        if (ownsModel) model.Dispose();
    }

    private static ChatFinishReason ReasonOf(Completions found) => found.Truncated[0] ? ChatFinishReason.Length : ChatFinishReason.Stop;

    private static UsageDetails UsageOf(Completions found) => new()
    {
        InputTokenCount = found.PromptTokens[0],
        OutputTokenCount = found.Tokens[0].Length,
        TotalTokenCount = found.PromptTokens[0] + found.Tokens[0].Length,
    };

    private async Task<Completions> RunAsync(Request request, Action<int>? onToken, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // on one thread from beginning to end: scopes of tensors belong to threads
            return await Task.Run(() =>
            {
                using EncodedPrompt prompt = model.Encode(request.Turns, request.Images);
                return new TextGenerator(model).Generate([prompt], 1, request.Settings, request.Seed, [request.Stream],
                    onToken is null ? null : (_, token) => onToken(token), cancellation);
            }, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private Request Prepare(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        if (options?.Tools is { Count: > 0 }) throw new NotSupportedException("Tools are not supported by models of this process.");
        var turns = new List<ChatTurn>();
        var images = new List<RgbImage>();
        if (options?.Instructions is { Length: > 0 } instructions) turns.Add(new ChatTurn("system", instructions));
        foreach (ChatMessage message in messages)
        {
            var parts = new List<ChatPart>();
            foreach (AIContent content in message.Contents)
                switch (content)
                {
                    case TextContent text:
                        parts.Add(new ChatPart(text.Text));
                        break;
                    case DataContent data when data.HasTopLevelMediaType("image"):
                        images.Add(readImage?.Invoke(data.Data)
                            ?? throw new NotSupportedException("A message holds an image, and this client was given no way to decode it."));
                        parts.Add(ChatPart.Image);
                        break;
                    case UsageContent:
                        break;
                    default:
                        throw new NotSupportedException($"A message holds {content.GetType().Name}; only text and images are read.");
                }

            turns.Add(new ChatTurn(message.Role.Value, parts));
        }

        SamplingSettings usual = settings ?? new SamplingSettings();
        double temperature = options?.Temperature ?? (usual.Greedy ? 0 : usual.Temperature);
        long call = Interlocked.Increment(ref _calls);
        return new Request($"{model.Spec.Name}-{call}", turns, images, usual with
        {
            Greedy = temperature == 0,
            Temperature = temperature == 0 ? 1 : temperature,
            TopP = options?.TopP ?? usual.TopP,
            TopK = options?.TopK ?? usual.TopK,
            MaximumTokens = options?.MaxOutputTokens ?? usual.MaximumTokens,
            Stops = options?.StopSequences is { Count: > 0 } stops ? [.. stops] : usual.Stops,
        }, options?.Seed is { } own ? (ulong)own : seed, options?.Seed is null ? call : 0);
    }

    private sealed record Request(string Id, IReadOnlyList<ChatTurn> Turns, IReadOnlyList<RgbImage> Images, SamplingSettings Settings,
        ulong Seed, long Stream);

    /// <summary>Text of the tokens so far, without what may still change: parts of characters, and what may become a stop.</summary>
    private sealed class GrowingText(ILanguageModel model, IReadOnlyList<string> stops)
    {
        private readonly List<int> _tokens = [];

        /// <summary>Letters that were given out.</summary>
        public int Length { get; private set; }

        /// <summary>Adds a token, and gives out what is certain now.</summary>
        public string Add(int token)
        {
            _tokens.Add(token);
            string text = model.Tokenizer.Decode([.. _tokens]);
            int end = text.Length;
            while (end > 0 && text[end - 1] == '\uFFFD') end--;
            foreach (string stop in stops)
            {
                int at = text.IndexOf(stop, StringComparison.Ordinal);
                if (at >= 0) end = Math.Min(end, at);
                for (int shared = Math.Min(stop.Length - 1, text.Length); shared > 0; shared--)
                    if (text.EndsWith(stop[..shared], StringComparison.Ordinal)) end = Math.Min(end, text.Length - shared);
            }

            if (end <= Length) return "";
            string more = text[Length..end];
            Length = end;
            return more;
        }
    }
}
