using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Hub error: a model hub refuses, cannot be reached or answers what a hub does not answer.</summary>
public sealed class HubException : EmbodiedException
{
    /// <summary>Says what was asked, what came back and what to do.</summary>
    public HubException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

/// <summary>Transfer fault: a failure that another attempt may overcome.</summary>
internal sealed class TransferFault(string reason, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>How long the server asks to wait; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
