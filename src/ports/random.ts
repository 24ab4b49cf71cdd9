// Randomness, for jitter and names only. Guarantee needed: values in [0, 1); a seeded source gives the same sequence for the same seed.

export interface Random {
  next(): number
}
