namespace EmbodiedRL.Core.Registry;

/// <summary>
/// Options of an algorithm that say what it discounts returns by, so that a reward that has to use the same discount can be held to it.
/// </summary>
public interface IDiscountOptions
{
    /// <summary>Discount per step, in [0, 1].</summary>
    float Gamma { get; }
}
