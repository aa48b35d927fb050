data {
  int<lower=0> N;
  int<lower=0> D;
  matrix[N, D] x;
  array[N] int<lower=0, upper=1> y;
}
parameters {
  vector[D] beta;
}
model {
  beta ~ normal(0, 2.5);
  y ~ bernoulli_logit_glm(x, 0.0, beta);
}
