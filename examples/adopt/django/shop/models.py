from django.db import models


class Customer(models.Model):
    email = models.TextField(unique=True)
    note = models.TextField(null=True)
